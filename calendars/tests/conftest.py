"""A small internet."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from calendars.tests.calendar_server import CalendarServer
from testing.internet import Internet
from testing.loopback import serving


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    return Internet(monkeypatch)


@pytest.fixture
def server(internet: Internet) -> Iterator[CalendarServer]:
    """Behind http://calendar.example.com/."""
    found = CalendarServer()
    with serving(found.handler()) as address:
        internet.put("calendar.example.com", address)
        yield found


@pytest.fixture
def http_allowed(settings: Settings) -> None:
    """Fetch over plain HTTP too, as in development."""
    settings.DEBUG = True
