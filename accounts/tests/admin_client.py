"""A browser in the admin."""

from typing import Any

from django.test import Client, TestCase

from accounts.models import User


class AdminClient(Client):
    """Signed in as the given person (None: nobody); runs what a request leaves for its commit, as a server would."""

    def __init__(self, user: User | None) -> None:
        super().__init__()
        if user is not None:
            self.force_login(user, backend="accounts.backends.SupabaseBackend")

    def request(self, **kwargs: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**kwargs)

    def page(self, path: str) -> Any:
        """The page that a GET ends on."""
        return self.get(f"/admin/{path}", follow=True)

    def send(self, path: str, **fields: Any) -> Any:
        """The page that a POST ends on."""
        return self.post(f"/admin/{path}", fields, follow=True)


def told(page: Any) -> list[str]:
    """The messages on a page."""
    return [str(message) for message in page.context["messages"]]


def errors(page: Any) -> dict[str, list[str]]:
    """Return the errors of the form on a page; those of the whole form under `__all__`."""
    return dict(page.context["adminform"].form.errors)
