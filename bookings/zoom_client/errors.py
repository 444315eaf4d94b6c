"""Errors of requests to Zoom."""

import re
from dataclasses import KW_ONLY, dataclass

from django.utils.translation import gettext_noop

TOO_LATE = gettext_noop("Zoom did not answer in time.")
UNREADABLE = gettext_noop("Zoom's answer could not be understood.")


@dataclass(eq=False)
class ZoomError(Exception):
    """A request to Zoom failed, or its success is unknown.

    `sentence` is safe to show: no secrets, no markup, at most 300 characters. It is in English, as it is
    stored; translate it where it is shown. `status` and `code` are Zoom's, where it
    answered; `retry_after` is the seconds it asked to wait. `outcome_unknown`: the request may still have taken
    effect. Never true for a read, or for a request that Zoom itself refused.
    """

    sentence: str
    _: KW_ONLY
    status: int | None = None
    code: int | None = None
    retry_after: float | None = None
    outcome_unknown: bool = False

    def __post_init__(self) -> None:
        self.sentence = _safe(self.sentence)
        super().__init__(self.sentence)


class ZoomRefused(ZoomError):
    """A permanent refusal: a value, the host or the account's plan forbids it."""


class ZoomHostGone(ZoomRefused):
    """The account has no such Zoom user."""


class ZoomGone(ZoomError):
    """The meeting no longer exists: deleted, or expired 30 days after its date (support.zoom.us 201362373)."""


class ZoomAuthError(ZoomError):
    """Zoom does not accept the credentials, or they lack scopes: the configuration must be corrected."""


class ZoomRateLimited(ZoomError):
    """Too many requests, in a second or in a day."""


class ZoomUnavailable(ZoomError):
    """Zoom was not reached, did not respond in time, failed, or sent a malformed response."""


def _safe(text: str) -> str:
    """Return the text without markup, control characters, links, and anything long enough to be a token."""
    text = text[:1000].encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be stored
    text = re.sub(r"<[^>]*>|[<>\x00-\x1f\x7f]", " ", text)
    text = re.sub(r"https?://\S+", "…", text)
    text = re.sub(r"(?=[\w\-.+/=~]*\d)[\w\-.+/=~]{24,}", "…", text)
    return " ".join(text.split())[:300]
