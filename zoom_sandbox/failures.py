"""Failures on demand: `ZOOM_SANDBOX_FAIL=create:500,delete:429` makes those requests fail."""

import re

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

# Requests of the client: the method, and whether the path names a meeting.
REQUESTS = {
    ("POST", False): "create",
    ("GET", False): "list",
    ("GET", True): "read",
    ("PATCH", True): "update",
    ("DELETE", True): "delete",
}
ENTRY = re.compile(rf"({'|'.join(REQUESTS.values())}):([45]\d\d)")


def parse(words: list[str]) -> dict[str, int]:
    """Return the statuses by request. Raises ImproperlyConfigured."""
    found = {}
    for word in words:
        entry = ENTRY.fullmatch(word)
        if entry is None:
            kinds = ", ".join(REQUESTS.values())
            sentence = f"takes entries such as create:500, of {kinds} and a status from 400 to 599, not {word!r}."
            raise ImproperlyConfigured(f"ZOOM_SANDBOX_FAIL {sentence}")
        found[entry[1]] = int(entry[2])
    return found


def status_for(request: HttpRequest, *, names_meeting: bool) -> int | None:
    """Return the status with which the request is to fail, if any."""
    kind = REQUESTS.get((str(request.method), names_meeting), "")
    return parse(settings.ZOOM_SANDBOX_FAIL).get(kind)
