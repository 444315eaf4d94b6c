"""The users of the Supabase project, through its admin API: listed, looked up, changed and deleted."""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from accounts.authentication.claims import Claims, TokenError
from accounts.authentication.roles import RoleClaim
from accounts.supabase.client import COMMAND, PAGE, ErrorAnswer, SupabaseUnavailable, auth_client

if TYPE_CHECKING:
    from supabase import SupabaseAuthClient
    from supabase_auth.types import User as RemoteUser

# By pages, Supabase's auth server has no limit of its own; by its newer cursors it has this one
# (github.com/supabase/auth, internal/api/pagination.go).
PAGE_SIZE = 1000
SERVICE_KEY = "SUPABASE_SERVICE_ROLE_KEY"
# Supabase's own error code; a 404 without it does not come from an auth server.
NOBODY = "user_not_found"


class ListedUser(NamedTuple):
    """A user in the admin API's list: the claims of their tokens, and the end of their ban."""

    claims: Claims
    banned_until: dt.datetime | None

    def is_banned(self, now: dt.datetime) -> bool:
        """True if Supabase issues no tokens to them now, like its own `IsBanned` (internal/models/user.go)."""
        return self.banned_until is not None and now < self.banned_until


def list_users(*, now: dt.datetime) -> list[ListedUser]:
    """Return all users who may sign in here or are banned; all pages or none. Raises SupabaseUnavailable.

    Anonymous, deleted and database users are left out. Supabase pages by offset, newest first, so users who come or go
    meanwhile shift others across pages: duplicates are dropped, and a missing user proves nothing: ask `gone`. The end
    is a page without new users.
    """
    found: dict[str, ListedUser | None] = {}
    with auth_client(SERVICE_KEY, COMMAND) as auth:
        for page in itertools.count(1):
            users = auth.admin.list_users(page=page, per_page=PAGE_SIZE)
            if all(user.id in found for user in users):
                break
            found |= {user.id: _read(user, now) for user in users}
    return [user for user in found.values() if user is not None]


def gone(user_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Return those of these users who do not exist at Supabase, one request each. Raises SupabaseUnavailable.

    A soft delete (`should_soft_delete`) leaves a row with `deleted_at`, which nobody can sign in with.
    """
    with auth_client(SERVICE_KEY, COMMAND) as auth:
        return [user_id for user_id in user_ids if _is_gone(auth, user_id)]


def _is_gone(auth: "SupabaseAuthClient", user_id: uuid.UUID) -> bool:
    from supabase import AuthApiError

    try:
        return auth.admin.get_user_by_id(str(user_id)).user.deleted_at is not None
    except AuthApiError as error:
        if error.code == NOBODY:
            return True
        raise


# Go's ParseDuration has no unit for years (`ban_duration`, internal/api/admin.go): a century.
FOR_GOOD = "876000h"
NO_BAN = "none"


def set_role(user_id: uuid.UUID, metadata: dict[str, str]) -> bool:
    """Write these keys of `app_metadata`; return False if Supabase has no such user. Raises SupabaseUnavailable.

    Supabase merges `app_metadata` key by key, so that nothing else in it changes: `UpdateAppMetaData` in its
    internal/models/user.go.
    """
    return _update(user_id, {"app_metadata": metadata})


def set_ban(user_id: uuid.UUID, *, is_banned: bool) -> bool:
    """Ban the user permanently, or lift any ban; return False if there is no such user. Raises SupabaseUnavailable."""
    return _update(user_id, {"ban_duration": FOR_GOOD if is_banned else NO_BAN})


def delete_user(user_id: uuid.UUID) -> None:
    """Delete the user with all their identities, and make sure of it. Raises SupabaseUnavailable."""
    try:
        with auth_client(SERVICE_KEY, PAGE) as auth:
            auth.admin.delete_user(str(user_id))
            is_gone = _is_gone(auth, user_id)
    except ErrorAnswer as error:
        if error.code == NOBODY:
            return
        raise
    if not is_gone:
        raise SupabaseUnavailable("It has not deleted the user.")


def _update(user_id: uuid.UUID, changes: Any) -> bool:
    try:
        with auth_client(SERVICE_KEY, PAGE) as auth:
            auth.admin.update_user_by_id(str(user_id), changes)
    except ErrorAnswer as error:
        if error.code == NOBODY:
            return False
        raise
    return True


def _read(user: "RemoteUser", now: dt.datetime) -> ListedUser | None:
    """Return None for users who could not sign in here, by the same rule as for tokens."""
    if user.deleted_at:
        return None
    role_claim: RoleClaim = settings.SUPABASE_ROLE_CLAIM
    if not role_claim.is_stored_by_supabase:  # the record then has no role, which proves nothing
        role_claim = replace(role_claim, is_required=False)
    try:
        claims = Claims.from_payload(user.model_dump() | {"sub": user.id, "iat": now.timestamp()}, role_claim)
    except TokenError:
        return None
    return ListedUser(claims, _moment(user.banned_until) if user.banned_until else None)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
