"""The operations on the data stored about the caller."""

from accounts.openapi import MeShape
from api_schema.openapi import Documented, operation
from api_schema.refusals import refusal
from privacy.api.serializers import ErasedSerializer, EraseSerializer, ExportSerializer


class AccountShape(MeShape):
    target_class = "privacy.api.serializers.AccountSerializer"


class Export(Documented):
    target_class = "privacy.api.views.ExportView"
    tag = "Me"
    operations = {
        "get": operation(
            "exportMyData",
            "Export all data stored about you",
            "A file with your account and profile, mail preferences, calendars, working hours and absences, bookings "
            "with their notes and history, feedback that you wrote or received, and which mails were sent to you.",
            {200: ExportSerializer},
            extensions={"x-no-store": True},
        ),
    }


class Erase(Documented):
    target_class = "privacy.api.views.EraseView"
    tag = "Me"
    operations = {
        "post": operation(
            "eraseMe",
            "Erase your account permanently",
            "Your live bookings are cancelled and the other parties notified; sessions that have begun are completed. "
            "Names, e-mail, notes, reasons, comments, hours, absences and preferences are deleted; your past bookings "
            "and ratings stay, without a name. The account is deleted at Supabase too, and cannot be restored.",
            {
                200: ErasedSerializer,
                400: refusal(
                    "The e-mail address is not yours, or no superuser would be left.",
                    invalid="confirm: Write the account's e-mail address to erase it for good.",
                    sole_superuser="You are the only superuser; make another one first",
                    already_erased="This account is erased already",
                ),
            },
            request=EraseSerializer,
        ),
    }
