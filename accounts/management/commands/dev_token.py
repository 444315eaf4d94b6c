"""`manage.py dev_token E-MAIL`: a token for trying the API without Supabase."""

import uuid
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.authentication.dev_tokens import demo_id, mint
from accounts.models import Role, User


class Command(BaseCommand):
    help = "Print an access token as Supabase would issue it to the user with this e-mail. Development only."

    # Check output would mix with the token.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", choices=Role.values, help="What an administrator has set in app_metadata.")
        parser.add_argument("--hours", type=float, default=12, help="How long the token is good for; at most 24.")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")

    def handle(self, *args: Any, email: str, **options: Any) -> str:
        if not settings.DEBUG:
            raise CommandError("Tokens are minted with DEBUG on only.")
        if not settings.SUPABASE_JWT_SECRET:
            raise CommandError("SUPABASE_JWT_SECRET is not set: there is nothing to sign with.")
        if not 0 < options["hours"] <= 24:
            raise CommandError("--hours must be more than 0 and at most 24.")
        return mint(
            user_id=self._user_id(email.lower()),
            email=email.lower(),
            role=options["role"],
            first_name=options["first_name"],
            last_name=options["last_name"],
            hours=options["hours"],
        )

    def _user_id(self, email: str) -> uuid.UUID:
        """Return the account's id; without an account, a stable one derived from the e-mail."""
        user = User.objects.filter(email=email).order_by("created_at", "id").first()
        return user.id if user else demo_id(email)
