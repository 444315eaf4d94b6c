"""Limits of the admin's pages: the same as those of the API, counted together."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from pytest_django import Settings

from accounts.factories import make_teacher
from accounts.models import User
from bookings.models import TimeOff
from conftest import NOW, Client
from rag_app.tests.throttling_parts import few as few
from rag_app.tests.throttling_parts import is_throttled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("few")]

ME = "/api/accounts/me/"
HERE: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.7"}
Api = Callable[[User | None], Client]


@pytest.fixture
def maria() -> User:
    return make_teacher(first_name="Maria")


def admin(user: User, **options: Any) -> Browser:
    browser = Browser(**options)
    browser.force_login(user, backend="accounts.backends.SupabaseBackend")
    return browser


def add_absence(browser: Browser, day: int) -> int:
    times = {"start_time": f"2025-01-{day}T09:00", "end_time": f"2025-01-{day}T12:00"}
    return browser.post("/admin/bookings/timeoff/add/", times).status_code


def test_the_admin_has_the_limits_of_the_api_for_reading(maria: User, now: dt.datetime) -> None:
    browser = admin(maria)
    assert [browser.get("/admin/").status_code for _ in range(5)] == [200] * 5
    page = browser.get("/admin/")
    assert (page.status_code, page.headers["Retry-After"]) == (429, "60")
    assert "Please try again in 60 seconds; nothing was changed." in page.content.decode()
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        assert browser.get("/admin/").status_code == 200


def test_writing_in_the_admin_has_a_limit(maria: User, now: dt.datetime) -> None:
    browser = admin(maria)
    assert [add_absence(browser, 20 + number) for number in range(5)] == [302] * 3 + [429] * 2
    assert TimeOff.objects.count() == 3


def test_pages_and_calls_of_one_account_count_together(maria: User, api_for: Api) -> None:
    browser = admin(maria)
    for _ in range(5):
        browser.get("/admin/")
    assert is_throttled(api_for(maria).get(ME))


def test_an_address_without_an_account_has_its_limit_in_the_admin(now: dt.datetime) -> None:
    browser = Browser(**HERE)
    assert [browser.get("/admin/").status_code for _ in range(10)] == [302] * 9 + [429]


def test_limits_of_the_admin_can_be_turned_off(maria: User, settings: Settings) -> None:
    settings.THROTTLE_ENABLED = False
    browser = admin(maria)
    assert {browser.get("/admin/").status_code for _ in range(10)} == {200}
