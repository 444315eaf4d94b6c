"""The site's pages in a real browser, under the policies that they are sent with: all works, nothing is foreign."""

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking
from testing.browser import Browser

pytestmark = pytest.mark.production

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

ROOT, PASSWORD = "root@example.com", "a long pass phrase"
START = dt.datetime(2030, 1, 16, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def booking(live_server: LiveServer) -> Booking:
    User.objects.create_superuser(ROOT, PASSWORD)
    teacher = make_teacher(first_name="Maria", last_name="Garcia")
    make_hours(teacher)
    return make_booking(make_student(first_name="Alice", last_name="Adams"), teacher, start=START)


# Browsers ask for an icon by themselves; Redoc's script for the logo of its maker, which the policy forbids.
EXPECTED = ("/favicon.ico", "https://cdn.redoc.ly/redoc/logo-mini.svg")


def complaints(page: "Page", origin: str) -> list[str]:
    """Collect the browser's errors from now on, and requests to other sites despite the policy."""
    told: list[str] = []

    def hear(sentence: str, address: str = "") -> None:
        if not any(expected in sentence + address for expected in EXPECTED):
            told.append(sentence)

    def notice(message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            hear(message.text, message.location["url"])

    page.on("console", notice)
    page.on("request", lambda sent: None if sent.url.startswith((origin, "data:", "blob:")) else hear(sent.url))
    page.on("response", lambda got: None if got.url.startswith((origin, "data:", "blob:")) else told.append(got.url))
    return told


def sign_in(page: "Page", origin: str, password: str = PASSWORD) -> None:
    page.goto(f"{origin}/admin/login/")
    page.fill("[name=username]", ROOT)
    page.fill("[name=password]", password)
    page.click("[type=submit]")


def test_the_admin_works(live_server: LiveServer, booking: Booking, browser: Browser) -> None:
    origin = live_server.url

    def act(page: "Page") -> list[str]:
        told = complaints(page, origin)
        sign_in(page, origin)
        assert page.locator(".bar .menu").is_visible()
        page.goto(f"{origin}/admin/bookings/booking/")
        page.click("#action-toggle")
        assert page.locator("tr.selected").count() == 1
        page.goto(f"{origin}/admin/bookings/booking/{booking.id}/change/")
        # The page's own style: the buttons of the moves are side by side.
        assert page.locator(".moves").evaluate("moves => getComputedStyle(moves).display") == "flex"
        page.goto(f"{origin}/admin/bookings/availability/add/")
        page.click(".select2-selection")
        page.locator(".select2-results__option", has_text="Maria Garcia").click()
        page.goto(f"{origin}/admin/accounts/user/")
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_url("**/change/")
        page.wait_for_load_state("networkidle")
        return told

    assert browser.visit("about:blank", act) == []


def test_the_lockout_page_works(live_server: LiveServer, booking: Booking, browser: Browser) -> None:
    origin = live_server.url

    def act(page: "Page") -> tuple[str, list[str]]:
        told = complaints(page, origin)
        for _ in range(5):
            sign_in(page, origin, "wrong")
        page.wait_for_load_state("networkidle")
        return page.inner_text("#content"), told

    text, told = browser.visit("about:blank", act)
    assert "Please try again in 15 minutes." in text
    # The browser notes the status of the page itself.
    assert told
    assert all("429" in line for line in told)


def test_a_script_in_a_page_is_blocked(live_server: LiveServer, booking: Booking, browser: Browser) -> None:
    origin = live_server.url

    def act(page: "Page") -> tuple[object, list[str]]:
        told = complaints(page, origin)
        page.goto(f"{origin}/admin/login/")
        page.evaluate("""() => {
            const script = document.createElement("script");
            script.textContent = "window.harmed = true";
            document.body.append(script);
        }""")
        return page.evaluate("() => window.harmed ?? null"), told

    harmed, told = browser.visit("about:blank", act)
    assert harmed is None
    assert any("Content Security Policy" in line for line in told)


@pytest.mark.parametrize(
    ("path", "selector"),
    [("/api/docs/", ".opblock-tag"), ("/api/redoc/", "[data-section-id]")],
)
@pytest.mark.usefixtures("booking")
def test_the_documents_pages_work(path: str, selector: str, live_server: LiveServer, browser: Browser) -> None:
    origin = live_server.url

    def act(page: "Page") -> list[str]:
        told = complaints(page, origin)
        page.goto(origin + path)
        page.locator(selector).first.wait_for()
        page.wait_for_load_state("networkidle")
        return told

    assert browser.visit("about:blank", act) == []
