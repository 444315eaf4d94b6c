"""Write roles and deactivations made in the admin to Supabase, which issues the tokens.

A change is never refused because Supabase is out of reach: a school needs its new teacher today, and nothing undoes the
change here unless Supabase itself says otherwise. The person who made it is told what is missing and can send it again.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.authentication.roles import RoleClaim
from accounts.models import AtSupabase, User
from accounts.supabase.client import SupabaseNotConfigured, SupabaseUnavailable
from accounts.supabase.users import set_ban, set_role

AGAIN = gettext_noop("send it again with the action “Write roles and bans to Supabase” in the list of users")


class Wording(NamedTuple):
    """Messages about a change: done, no such user at Supabase, no key set, failed. They are translated when shown."""

    written: str
    nobody: str
    not_asked: str
    failed: str


ROLE = Wording(
    written=gettext_noop("Supabase has the role of {user} now: {role}. Tokens issued before no longer change it."),
    nobody=gettext_noop("{user} has no account at Supabase, so the role is stored here only."),
    not_asked=gettext_noop(
        "The role of {user} is stored here only: {reason} Where Supabase names another one, the next token that it "
        "issues undoes this change; set it there as well."
    ),
    failed=gettext_noop(
        "The role of {user} is stored here but not at Supabase. {reason} Where Supabase names another one, the next "
        "token that it issues undoes this change: {again}, or set it there."
    ),
)
BAN = Wording(
    written=gettext_noop("{user} is deactivated here and banned at Supabase, which signs them in no more."),
    nobody=gettext_noop("{user} is deactivated, and has no account at Supabase to be banned."),
    not_asked=gettext_noop(
        "{user} is deactivated here and locked out of this site. They are not banned at Supabase: {reason}"
    ),
    failed=gettext_noop(
        "{user} is deactivated here and locked out of this site, but not banned at Supabase. {reason} To ban them "
        "there, {again}."
    ),
)
END_OF_BAN = Wording(
    written=gettext_noop("{user} is active again, and not banned at Supabase."),
    nobody=gettext_noop("{user} is active again, but has no account at Supabase to sign in with."),
    not_asked=gettext_noop("{user} is active here. If they are banned at Supabase, lift the ban there: {reason}"),
    failed=gettext_noop(
        "{user} is active here, but a ban at Supabase may be left. {reason} Lift it there, or they cannot sign in."
    ),
)
NOT_OURS = gettext_noop("the project writes the claim {claim} by itself, and this site cannot.")


def write_back_all(request: HttpRequest, users: Sequence[User]) -> None:
    """Tell Supabase the role of each, and ban those deactivated here; stop at the first that fails.

    Bans are lifted by reactivating an account, never here: one at Supabase may be news to this site. Never call it
    inside a transaction.
    """
    for number, user in enumerate(users, start=1):
        if write_role(request, user) and (is_shut_out_there(user) or user.is_active or write_standing(request, user)):
            continue
        if left := len(users) - number:
            sentence = ngettext(
                "%(n)d more account was not tried after that; send again once Supabase can be reached.",
                "%(n)d more accounts were not tried after that; send again once Supabase can be reached.",
                left,
            )
            messages.warning(request, sentence % {"n": left})
        return


def is_shut_out_there(user: User) -> bool:
    """Return whether the account is inactive because of a ban at Supabase, which ends there."""
    return user.at_supabase == AtSupabase.SHUT_OUT


def write_role(request: HttpRequest, user: User) -> bool:
    """Write the account's role to Supabase and tell the user how that went. Return whether to continue.

    Asks over the network for some seconds at worst, so never call it inside a transaction.
    """
    claim: RoleClaim = settings.SUPABASE_ROLE_CLAIM
    metadata = claim.as_metadata(user.role)
    if metadata is None:
        reason = _(NOT_OURS).format(claim=".".join(claim.path))
        messages.warning(request, _(ROLE.not_asked).format(user=user, reason=reason))
        return True
    return _attempt(request, user, ROLE, lambda: set_role(user.id, metadata))


def write_standing(request: HttpRequest, user: User) -> bool:
    """Ban the account at Supabase, or lift the ban, as it stands here. Otherwise as `write_role`."""
    wording = END_OF_BAN if user.is_active else BAN
    return _attempt(request, user, wording, lambda: set_ban(user.id, is_banned=not user.is_active))


def _attempt(request: HttpRequest, user: User, wording: Wording, write: Callable[[], bool]) -> bool:
    level, text, reason = _outcome(wording, write)
    told = _(text).format(user=user, role=user.role, reason=reason, again=_(AGAIN))
    messages.add_message(request, level, told)
    return level < messages.WARNING


def _outcome(wording: Wording, write: Callable[[], bool]) -> tuple[int, str, str]:
    try:
        is_written = write()
    except SupabaseNotConfigured as error:
        return messages.WARNING, wording.not_asked, str(error)
    except SupabaseUnavailable as error:
        return messages.ERROR, wording.failed, str(error)
    return (messages.SUCCESS, wording.written, "") if is_written else (messages.INFO, wording.nobody, "")
