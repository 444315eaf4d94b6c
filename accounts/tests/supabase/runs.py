"""Runs of `manage.py sync_supabase_users`, and what they leave."""

import uuid
from io import StringIO
from typing import Any

from django.core.management import call_command

from accounts.authentication.claims import Claims
from accounts.authentication.provisioning import account_for
from accounts.models import TeacherProfile, User

USER_ID = uuid.UUID(int=7)
BANNED: dict[str, Any] = {"banned_until": "2124-12-17T11:00:00Z"}
FREE: dict[str, Any] = {"banned_until": "2025-01-10T11:59:59Z"}
HUSK: dict[str, Any] = {"deleted_at": "2025-01-02T00:00:00Z", "email": "0123456789abcdef"}


def sync(*options: str) -> str:
    """Its output; complaints follow."""
    output = StringIO()
    call_command("sync_supabase_users", *options, stdout=output, stderr=output)
    return output.getvalue()


def counts(**changed: int) -> str:
    """The line that ends a run."""
    words = ("created", "updated", "deactivated", "reactivated", "unchanged", "left active")
    return ", ".join(f"{changed.get(word.partition(' ')[0], 0)} {word}" for word in words) + ".\n"


def rows() -> list[object]:
    return [*User.objects.order_by("id").values(), *TeacherProfile.objects.order_by("pk").values()]


def signed_in() -> User:
    """The account that a token of this user leads to."""
    return account_for(Claims(USER_ID, "john@example.com", None, "John", "Doe"))
