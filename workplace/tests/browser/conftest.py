"""People and sessions by the real clock, and the visit of a signed-in person."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_feedback, make_hours
from bookings.models import Booking, MeetingSync, TimeOff
from bookings.states import Status
from testing.browser import Browser

if TYPE_CHECKING:
    from playwright.sync_api import Page


from workplace.tests.browser.parts import DAY, HOUR, MINUTE, SIZES, Act, Clicks


@pytest.fixture
def visit(live_server: LiveServer, browser: Browser) -> Callable[..., Any]:
    """Lets somebody who is signed in act on the first page. Without JavaScript, unless the test brings its own."""

    def go(user: User, size: str, act: Act, *, path: str = "", scripts: bool = False) -> Any:
        client = Client()
        client.force_login(user, backend="accounts.backends.SupabaseBackend")
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "domain": "localhost", "path": "/"}
        origin = live_server.url

        def acting(page: "Page") -> Any:
            page.context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's own dictionary
            page.goto(f"{origin}/admin/{path}")
            return act(Clicks(page, origin))

        context = {"viewport": SIZES[size], "java_script_enabled": scripts, "locale": "en-GB"}
        return browser.visit("about:blank", acting, **context)

    return go


def noon_zone(now: dt.datetime) -> str:
    """A zone in which it is about noon, so that what is near lies on the same date."""
    shift = 12 - now.hour
    return f"Etc/GMT{-shift:+}" if shift else "Etc/GMT"


@pytest.fixture
def now() -> dt.datetime:
    """The clock of the server and of the browser is the real one."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def maria(live_server: LiveServer, now: dt.datetime) -> User:
    teacher = make_teacher(
        first_name="Maria", last_name="Garcia", timezone=noon_zone(now), zoom_host="maria@example.com"
    )
    for weekday in range(7):
        make_hours(teacher, day_of_week=weekday)
    return teacher


@pytest.fixture
def alice(live_server: LiveServer) -> User:
    return make_student(first_name="Alice", last_name="Adams", timezone="America/New_York")


@pytest.fixture
def pending(maria: User, alice: User, now: dt.datetime) -> Booking:
    return make_booking(alice, maria, start=now + 3 * DAY, notes="Can we talk about the essay?")


@pytest.fixture
def busy(maria: User, alice: User, pending: Booking, now: dt.datetime) -> User:
    """Something on every page: sessions of all states, an absence, feedback, a problem at Zoom."""
    soon = make_booking(alice, maria, start=now + 8 * MINUTE, status=Status.CONFIRMED)
    lesson = make_booking(alice, maria, start=now - 7 * DAY, status=Status.COMPLETED, notes="Past tense")
    make_booking(alice, maria, start=now - 3 * HOUR, status=Status.CONFIRMED)
    make_booking(alice, maria, start=now + 2 * DAY, status=Status.CANCELLED)
    make_feedback(lesson, rating=4, comment="Great lesson")
    TimeOff.objects.create(teacher=maria, start_time=now + 3 * DAY, end_time=now + 5 * DAY, reason="Doctor")
    MeetingSync.objects.create(
        booking=soon, created_at=now, due_at=now, stopped_at=now, last_error="Validation Failed."
    )
    return maria


@pytest.fixture
def root(live_server: LiveServer) -> User:
    user: User = get_user_model().objects.create_superuser("root@example.com", "a long pass phrase", first_name="Root")
    return user
