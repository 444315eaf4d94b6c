"""What the tests read on a page."""

import datetime as dt
import html
import re
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.tests.admin_client import AdminClient, told

MADRID = ZoneInfo("Europe/Madrid")


def madrid(time: str, *, day: int = 15) -> dt.datetime:
    """A time of January 2025 by Madrid's clock; the 15th is the Wednesday after the clock of these tests."""
    return dt.datetime.combine(dt.date(2025, 1, day), dt.time.fromisoformat(time), MADRID).astimezone(dt.UTC)


def text(page: Any) -> str:
    """The words of the page, each blank once."""
    content = re.sub(r"<(script|style).*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", content)).split())


def read(user: User, path: str) -> str:
    """The words of the page at this address of the admin."""
    page = AdminClient(user).page(path)
    assert page.status_code == 200
    return text(page)


__all__ = ["AdminClient", "madrid", "read", "text", "told"]
