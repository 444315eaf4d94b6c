"""Sign in through the `supabase` package, and reach its auth server for `users`.

The package takes half a second to import, so each function imports it itself. Nobody else does.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.authentication.claims import Claims, TokenError
from accounts.authentication.keys import KeysUnavailable
from accounts.authentication.tokens import verifier

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise
    from supabase import SupabaseAuthClient
    from supabase_auth.types import AuthMFAVerifyResponse, Factor
    from supabase_auth.types import Session as RemoteSession

    Tokens = AuthMFAVerifyResponse | RemoteSession


class Limits(NamedTuple):
    """Seconds for all calls together, and for each wait; bytes of an answer."""

    seconds: float
    wait: float
    most_bytes: int


# While a user waits for a page of the admin.
PAGE = Limits(seconds=5, wait=5, most_bytes=1024 * 1024)
# For a command, which reads many pages of users.
COMMAND = Limits(seconds=900, wait=30, most_bytes=64 * 1024 * 1024)


class SupabaseUnavailable(Exception):
    """Supabase returned no usable response. The message is a sentence without secrets."""


class SupabaseNotConfigured(SupabaseUnavailable):
    """A setting is missing; no request was sent."""


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
CAPTCHA = "captcha_failed"


class CaptchaRequired(SupabaseUnavailable):
    """The project requires a captcha, which the admin's page cannot show. The password may be right."""

    def __init__(self) -> None:
        super().__init__("The project asks for a captcha, which the admin's sign-in page cannot show.")


class SecondFactorMissing(Exception):
    """The password is right, but a required second factor is missing. `sentence` is for the user."""

    def __init__(self, sentence: "_StrPromise") -> None:
        self.sentence = sentence
        super().__init__(sentence)


CODE_MISSING = _("Please enter your password again, with the code that your authenticator app shows now.")
NO_APP = _(
    "Your account has a second factor that this page cannot ask for. Add an authenticator app to it, or ask the "
    "school's administrator."
)
NONE_ENROLLED = _("This site asks for a second factor. Add an authenticator app to your account first.")


@dataclass(frozen=True, slots=True)
class Session:
    """The signed-in user's claims, and the refresh token: a secret, valid until the user signs out or is banned."""

    claims: Claims
    refresh_token: str = field(repr=False)


def sign_in(email: str, password: str, code: str = "") -> Session | None:
    """Return Supabase's session for these credentials; None if it refuses them.

    `code` is from an authenticator app, if the account has one. Also None if SUPABASE_URL or SUPABASE_ANON_KEY is
    unset. Raises SupabaseUnavailable or SecondFactorMissing.
    """
    if not (settings.SUPABASE_URL and settings.SUPABASE_ANON_KEY and email and password):
        return None
    return _session(lambda auth: _sign_in(auth, email, password, code))


def renew(refresh_token: str) -> Session | None:
    """Return the session's next token; None if Supabase ended it, for example by a change of password.

    That ends all sessions of the user but the one that changed it: `UpdatePassword` in its internal/models/user.go.
    Raises SupabaseUnavailable.
    """
    return _session(lambda auth: auth.refresh_session(refresh_token).session)


def _session(ask: Callable[["SupabaseAuthClient"], "Tokens | None"]) -> Session | None:
    try:
        with auth_client("SUPABASE_ANON_KEY", PAGE) as auth:
            tokens = ask(auth)
        return _checked(tokens) if tokens else None
    except TokenError:
        return None
    except KeysUnavailable as error:
        raise SupabaseUnavailable(str(error)) from error
    except ErrorAnswer as error:
        if error.code == CAPTCHA:
            raise CaptchaRequired from error
        if error.status in REFUSALS:
            return None
        raise


def _checked(tokens: "Tokens") -> Session | None:
    """Return the session of a valid token; None if it lacks a required second factor."""
    claims = verifier().verify(tokens.access_token)
    if settings.ADMIN_SECOND_FACTOR_REQUIRED and not claims.has_second_factor:
        return None
    return Session(claims, tokens.refresh_token)


def _sign_in(auth: "SupabaseAuthClient", email: str, password: str, code: str) -> "Tokens | None":
    session = auth.sign_in_with_password({"email": email, "password": password}).session
    app = _authenticator(session.user.factors or []) if session else None
    if app is None:
        return session
    if not code:
        raise SecondFactorMissing(CODE_MISSING)
    return auth.mfa.challenge_and_verify({"factor_id": app.id, "code": code})


def _authenticator(factors: Iterable["Factor"]) -> "Factor | None":
    """Return the enrolled authenticator app; None if no second factor is needed. Raises SecondFactorMissing."""
    enrolled = [factor for factor in factors if factor.status == "verified"]
    if not enrolled and settings.ADMIN_SECOND_FACTOR_REQUIRED:
        raise SecondFactorMissing(NONE_ENROLLED)
    apps = [factor for factor in enrolled if factor.factor_type == "totp"]
    if enrolled and not apps:
        raise SecondFactorMissing(NO_APP)
    return apps[0] if apps else None


def has_second_factor(access_token: str) -> bool:
    """Return True if the token's user has enrolled a second factor; False without a configured project.

    Raises SupabaseUnavailable.
    """
    if not (settings.SUPABASE_URL and settings.SUPABASE_ANON_KEY):
        return False
    with auth_client("SUPABASE_ANON_KEY", PAGE) as auth:
        answer = auth.get_user(access_token)
    return answer is not None and any(factor.status == "verified" for factor in answer.user.factors or [])


# --- The way there ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def auth_client(key_name: str, limits: Limits) -> Iterator["SupabaseAuthClient"]:
    """Yield a new client, because clients keep the last session. Raises SupabaseUnavailable only."""
    import httpx
    from pydantic import ValidationError
    from supabase import AuthApiError, AuthError, ClientOptions, SupabaseException, create_client

    from accounts.supabase.bounded_http import BoundedClient

    key = getattr(settings, key_name)
    if not (settings.SUPABASE_URL and key):
        raise SupabaseNotConfigured(f"SUPABASE_URL and {key_name} must both be set.")
    with BoundedClient(**limits._asdict()) as http:
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
            raise SupabaseUnavailable(f"It returned no usable response ({kind}).") from error
