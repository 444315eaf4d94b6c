"""A browser in the admin."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, TestCase
from django.utils import timezone

from accounts.models import User
from accounts.sign_in.session import WORKING_DAY


class AdminClient(Client):
    """Signed in as the given person (None: nobody); runs what a request leaves for its commit, as a server would."""

    def __init__(self, user: User | None) -> None:
        super().__init__()
        if user is not None:
            self.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)

    def request(self, **kwargs: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**kwargs)

    def page(self, path: str) -> Any:
        """The page that a GET ends on."""
        return self.get(f"/admin/{path}", follow=True)

    def send(self, path: str, **fields: Any) -> Any:
        """The page that a POST ends on."""
        return self.post(f"/admin/{path}", fields, follow=True)


def session_of(user: User) -> str:
    """The key of a new session. `force_login` does all that signing in does, which takes as long as a page."""
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "accounts.backends.SupabaseBackend"
    session.set_expiry(timezone.now() + WORKING_DAY)
    session.create()
    return str(session.session_key)


def told(page: Any) -> list[str]:
    """The messages on a page."""
    return [str(message) for message in page.context["messages"]]


def errors(page: Any) -> dict[str, list[str]]:
    """Return the errors of the form on a page; those of the whole form under `__all__`."""
    return dict(page.context["adminform"].form.errors)
