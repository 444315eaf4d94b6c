"""The only user of the `supabase` package. It takes half a second to import, so each function imports it itself."""

import contextlib
import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from accounts.authentication.keys import KeysUnavailable
from accounts.authentication.tokens import Claims, TokenError, verifier

if TYPE_CHECKING:
    from supabase import SupabaseAuthClient
    from supabase_auth.types import User as RemoteUser

# Each wait for the network: to connect, to send, to receive.
TIMEOUT_SECONDS = 5
LISTING_TIMEOUT_SECONDS = 30
# By pages, Supabase's auth server has no limit of its own; by its newer cursors it has this one
# (github.com/supabase/auth, internal/api/pagination.go).
PAGE_SIZE = 1000


class SupabaseUnavailable(Exception):
    """Supabase did not answer, or not sensibly. The message is a sentence that names the failure and no secret."""


class SupabaseNotConfigured(SupabaseUnavailable):
    """A setting is missing; nobody was asked."""


class ErrorAnswer(SupabaseUnavailable):
    """Supabase answered with this status and its own word for the error, if it gave one."""

    def __init__(self, status: int, code: str | None, key_name: str) -> None:
        self.status = status
        self.code = code
        what = f"It refuses {key_name}" if status in (401, 403) else "It answered with an error"
        super().__init__(f"{what} ({status} {code}).")


# --- Sign-in ----------------------------------------------------------------------------------------------------------

# Wrong credentials, an unconfirmed e-mail, a banned user. 401 is our own anon key's fault, 429 Supabase's limit.
REFUSALS = (400, 403, 422)


def sign_in(email: str, password: str) -> Claims | None:
    """The claims of the token that Supabase gives for this e-mail and password; None where it refuses them.

    None too where SUPABASE_URL or SUPABASE_ANON_KEY is unset. Raises SupabaseUnavailable.
    """
    if not (settings.SUPABASE_URL and settings.SUPABASE_ANON_KEY and email and password):
        return None
    token = _access_token(email, password)
    try:
        return verifier().verify(token) if token else None
    except TokenError:
        return None
    except KeysUnavailable as error:
        raise SupabaseUnavailable(str(error)) from error


def _access_token(email: str, password: str) -> str | None:
    try:
        with _auth("SUPABASE_ANON_KEY", TIMEOUT_SECONDS) as auth:
            answer = auth.sign_in_with_password({"email": email, "password": password})
    except ErrorAnswer as error:
        if error.status in REFUSALS:
            return None
        raise
    return answer.session.access_token if answer.session else None


def has_second_factor(access_token: str) -> bool:
    """Return whether the token's user has enrolled a second factor; False where no project is configured.

    Raises SupabaseUnavailable.
    """
    if not (settings.SUPABASE_URL and settings.SUPABASE_ANON_KEY):
        return False
    with _auth("SUPABASE_ANON_KEY", TIMEOUT_SECONDS) as auth:
        answer = auth.get_user(access_token)
    return answer is not None and any(factor.status == "verified" for factor in answer.user.factors or [])


# --- Administration ---------------------------------------------------------------------------------------------------

SERVICE_KEY = "SUPABASE_SERVICE_ROLE_KEY"
# Supabase's own word; a 404 without it comes from an address that is no auth server's.
NOBODY = "user_not_found"


class ListedUser(NamedTuple):
    """A user as the admin API lists them: what a token of theirs would say, and until when they are banned."""

    claims: Claims
    banned_until: dt.datetime | None

    def is_banned(self, now: dt.datetime) -> bool:
        """Whether Supabase gives them no token now; as its own `IsBanned` (internal/models/user.go)."""
        return self.banned_until is not None and now < self.banned_until


def list_users() -> list[ListedUser]:
    """Everybody who could sign in here, were they not banned; all pages or none. Raises SupabaseUnavailable.

    Anonymous, deleted and database users are left out. Supabase lists the newest first and by offset, so that users
    who come or go meanwhile push others across the edge of a page: one that comes twice counts once, and one that is
    skipped is no proof of anything: ask `gone`. The end is a page with nobody new.
    """
    found: dict[str, ListedUser | None] = {}
    with _auth(SERVICE_KEY, LISTING_TIMEOUT_SECONDS) as auth:
        for page in itertools.count(1):
            users = auth.admin.list_users(page=page, per_page=PAGE_SIZE)
            if all(user.id in found for user in users):
                break
            found |= {user.id: _read(user) for user in users}
    return [user for user in found.values() if user is not None]


def gone(user_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Those of these users of whom Supabase says that there is nobody; a request for each. Raises SupabaseUnavailable.

    Deleting may leave the row as a husk with `deleted_at` (`should_soft_delete`): nobody can sign in with that.
    """
    with _auth(SERVICE_KEY, TIMEOUT_SECONDS) as auth:
        return [user_id for user_id in user_ids if _is_gone(auth, user_id)]


def _is_gone(auth: "SupabaseAuthClient", user_id: uuid.UUID) -> bool:
    from supabase import AuthApiError

    try:
        return auth.admin.get_user_by_id(str(user_id)).user.deleted_at is not None
    except AuthApiError as error:
        if error.code == NOBODY:
            return True
        raise


def set_role(user_id: uuid.UUID, role: str) -> bool:
    """Writes `app_metadata.role`; False where Supabase has no such user. Raises SupabaseUnavailable.

    Supabase merges `app_metadata` key by key, so that nothing else in it changes: `UpdateAppMetaData` in its
    internal/models/user.go.
    """
    try:
        with _auth(SERVICE_KEY, TIMEOUT_SECONDS) as auth:
            auth.admin.update_user_by_id(str(user_id), {"app_metadata": {"role": role}})
    except ErrorAnswer as error:
        if error.code == NOBODY:
            return False
        raise
    return True


def _read(user: "RemoteUser") -> ListedUser | None:
    """None for whoever could not sign in here: by the same rule as for tokens."""
    if user.deleted_at:
        return None
    try:
        claims = Claims.from_payload(user.model_dump() | {"sub": user.id})
    except TokenError:
        return None
    return ListedUser(claims, _moment(user.banned_until) if user.banned_until else None)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


# --- The way there ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _auth(key_name: str, timeout: float) -> Iterator["SupabaseAuthClient"]:
    """A client of its own, because a client remembers who signed in last. Raises SupabaseUnavailable, and no other."""
    import httpx
    from pydantic import ValidationError
    from supabase import AuthApiError, AuthError, ClientOptions, SupabaseException, create_client

    key = getattr(settings, key_name)
    if not (settings.SUPABASE_URL and key):
        raise SupabaseNotConfigured(f"SUPABASE_URL and {key_name} must both be set.")
    with httpx.Client(timeout=timeout) as http:
        options = ClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=http)
        try:
            yield create_client(settings.SUPABASE_URL, key, options).auth
        except AuthApiError as error:
            raise ErrorAnswer(error.status, error.code, key_name) from error
        except ValidationError as error:
            place = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
            raise SupabaseUnavailable(f"Its answer cannot be read at {place or 'its start'}.") from error
        except (AuthError, SupabaseException, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            kind = getattr(error, "status", 0) or type(error).__name__
            raise SupabaseUnavailable(f"It did not answer, or not sensibly ({kind}).") from error
