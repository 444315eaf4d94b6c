"""Roles that the admin gives, written to Supabase's `app_metadata.role`: a token's role wins over the stored one.

The change is never refused because Supabase is out of reach: a school needs its new teacher today, and nothing undoes
the change unless Supabase itself names another role. Whoever made it is told what is missing, and can send it again.
"""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest

from accounts.models import User
from accounts.supabase.client import SupabaseNotConfigured, SupabaseUnavailable, set_role

WRITTEN = (
    "Supabase has the role of {user} now: {role}. Tokens given out before carry the former one until they expire, as a "
    "rule within the hour; deactivating an account works at once."
)
NOBODY = "{user} has no account at Supabase, so the role is stored here only."
NOT_ASKED = (
    "The role of {user} is stored here only: {reason} Where Supabase names another one in app_metadata.role, the next "
    "token undoes this change; set it there as well."
)
FAILED = (
    "The role of {user} is stored here but not at Supabase. {reason} Where Supabase names another one, the next token "
    "undoes this change: send it again with the action “Write roles to Supabase” in the list of users, or set "
    "app_metadata.role there."
)


NOT_TRIED = "{names} not tried after that; send again once Supabase can be reached."


def write_back_all(request: HttpRequest, users: Sequence[User]) -> None:
    """Tells Supabase the role of each, and whoever is signed in how that went; stops at the first that fails.

    Never call it inside a transaction.
    """
    for number, user in enumerate(users, start=1):
        if write_back(request, user):
            continue
        if left := len(users) - number:
            names = "1 more account was" if left == 1 else f"{left} more accounts were"
            messages.warning(request, NOT_TRIED.format(names=names))
        return


def write_back(request: HttpRequest, user: User) -> bool:
    """Tells Supabase the account's role, and whoever is signed in how that went. Whether it is worth going on.

    Asks over the network for some seconds at worst, so never call it inside a transaction.
    """
    level, text, reason = _attempt(user)
    messages.add_message(request, level, text.format(user=user, role=user.role, reason=reason))
    return level < messages.WARNING


def _attempt(user: User) -> tuple[int, str, str]:
    try:
        is_written = set_role(user.id, user.role)
    except SupabaseNotConfigured as error:
        return messages.WARNING, NOT_ASKED, str(error)
    except SupabaseUnavailable as error:
        return messages.ERROR, FAILED, str(error)
    return (messages.SUCCESS, WRITTEN, "") if is_written else (messages.INFO, NOBODY, "")
