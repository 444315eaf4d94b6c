"""The operations on what is kept of the caller."""

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
            "Everything that is kept of you",
            "A file: your account and profile, mail preferences, calendars, working hours and absences, your bookings "
            "with their notes and history, feedback that you wrote or received, and which mails you were sent.",
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
            "Erase your account for good",
            "Your live bookings are cancelled and the other parties told; sessions that have begun are completed. "
            "Names, e-mail, notes, reasons, comments, hours, absences and preferences are gone; your past bookings and "
            "ratings stay without a name. The account is deleted at Supabase too, and cannot come back.",
            {
                200: ErasedSerializer,
                400: refusal(
                    "It is not your address, or the site would be without a superuser.",
                    invalid="confirm: Write the account's e-mail address to erase it for good.",
                    sole_superuser="You are the only superuser; make another one first",
                    already_erased="This account is erased already",
                ),
            },
            request=EraseSerializer,
        ),
    }
