"""The only user of the `supabase` package. It takes half a second to import, so each function imports it itself."""

from django.conf import settings

from accounts.keys import KeysUnavailable
from accounts.tokens import Claims, TokenError, verifier

TIMEOUT_SECONDS = 5


class SupabaseUnavailable(Exception):
    """Supabase did not answer, or not sensibly. The message names the kind of failure and no secret."""


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
    """Each sign-in has a client of its own, because a client remembers who signed in last."""
    import httpx
    from supabase import AuthApiError, AuthError, ClientOptions, create_client

    with httpx.Client(timeout=TIMEOUT_SECONDS) as http:
        options = ClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=http)
        client = create_client(settings.SUPABASE_URL, settings.SUPABASE_ANON_KEY, options)
        try:
            answer = client.auth.sign_in_with_password({"email": email, "password": password})
        except AuthApiError as error:
            if error.status in REFUSALS:
                return None
            raise SupabaseUnavailable(f"{error.status} {error.code}") from error
        except (AuthError, httpx.HTTPError, ValueError) as error:
            raise SupabaseUnavailable(type(error).__name__) from error
    return answer.session.access_token if answer.session else None


# Wrong credentials, an unconfirmed e-mail, a banned user. 401 is our own anon key's fault, 429 Supabase's limit.
REFUSALS = (400, 403, 422)
