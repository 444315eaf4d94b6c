"""The operations on what is kept of the caller."""

from accounts.openapi import MeShape
from api_schema.openapi import Documented, operation
from privacy.api.serializers import ExportSerializer


class AccountShape(MeShape):
    target_class = "privacy.api.serializers.AccountSerializer"


class Export(Documented):
    target_class = "privacy.api.views.ExportView"
    tag = "Me"
    operations = {
        "get": operation(
            "exportMyData",
            "Everything that is kept of you",
            "A file: your account and profile, mail preferences, working hours and absences, your bookings with their "
            "notes and history, feedback that you wrote or received, and which mails you were sent.",
            {200: ExportSerializer},
            extensions={"x-no-store": True},
        ),
    }
