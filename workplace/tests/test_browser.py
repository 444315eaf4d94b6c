"""The workplace in a real browser, on a laptop and on a phone: how many clicks things take, and that all can use it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings import services
from bookings.factories import make_booking, make_feedback, make_hours
from bookings.models import Availability, Booking, MeetingSync, TimeOff
from bookings.states import Status
from testing.browser import Browser
from wall_clock import zones

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (Path(settings.BASE_DIR) / "testing" / "axe" / "axe.min.js").read_text()
SIZES = {"laptop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
both_sizes = pytest.mark.parametrize("size", SIZES)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)

Act = Callable[["Clicks"], Any]


class Clicks:
    """A page, and how often something on it was clicked."""

    def __init__(self, page: "Page", origin: str) -> None:
        self.page, self.origin, self.number = page, origin, 0

    def click(self, role: Any, name: str, *, exact: bool = False, nth: int = 0) -> None:
        self.page.get_by_role(role, name=name, exact=exact).nth(nth).click()
        self.number += 1

    def open(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.number += 1


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


# --- Clicks -----------------------------------------------------------------------------------------------------------


@both_sizes
def test_confirming_takes_one_click(size: str, visit: Any, maria: User, pending: Booking) -> None:
    def act(clicks: Clicks) -> tuple[int, str]:
        clicks.click("button", "Confirm")
        return clicks.number, clicks.page.get_by_role("status").inner_text()

    number, told = visit(maria, size, act)
    assert number == 1
    assert told.startswith("Confirmed: Alice Adams")
    pending.refresh_from_db()
    assert pending.status == Status.CONFIRMED


@both_sizes
def test_declining_takes_two(size: str, visit: Any, maria: User, pending: Booking) -> None:
    def act(clicks: Clicks) -> int:
        clicks.open("summary:has-text('Decline…')")
        clicks.page.get_by_label("Reason").fill("I am full")
        clicks.click("button", "Decline this request")
        return clicks.number

    assert visit(maria, size, act) == 2
    pending.refresh_from_db()
    assert (pending.status, pending.cancellation_reason) == (Status.CANCELLED, "I am full")


@both_sizes
def test_tomorrow_takes_one_at_most(size: str, visit: Any, maria: User, alice: User, now: dt.datetime) -> None:
    make_booking(alice, maria, start=now + DAY, status=Status.CONFIRMED)

    def act(clicks: Clicks) -> tuple[int, str]:
        # The first page tells of tomorrow in a line; the first session of tomorrow stands below "Next".
        return clicks.number, clicks.page.locator(".sessions").inner_text()

    number, told = visit(maria, size, act)
    assert number <= 1
    assert "Tomorrow: one session, at" in told
    assert "Alice Adams" in told


@both_sizes
def test_starting_a_meeting_takes_one(size: str, visit: Any, maria: User, alice: User, now: dt.datetime) -> None:
    booking = make_booking(alice, maria, start=now + 8 * MINUTE)
    services.confirm_booking(booking_id=booking.id, by=maria, now=now)

    def act(clicks: Clicks) -> tuple[int, str, str]:
        with clicks.page.context.expect_page() as opened:
            clicks.click("link", "Start meeting")
        opened.value.wait_for_load_state()
        return clicks.number, opened.value.url, clicks.page.url

    number, zoom, stayed = visit(maria, size, act)
    assert number == 1
    # The sandbox's own page; the teacher's page stays where it was.
    assert "/admin/" not in zoom
    assert stayed.endswith("/admin/")


@both_sizes
def test_a_week_takes_ten_clicks_and_two_pages(size: str, visit: Any, maria: User) -> None:
    Availability.objects.all().delete()
    make_booking(make_student(), maria, start=timezone.now() - 7 * DAY, status=Status.CANCELLED)

    def act(clicks: Clicks) -> tuple[int, set[str]]:
        seen: set[str] = set()
        clicks.page.on("framenavigated", lambda frame: seen.add(frame.url))
        clicks.click("link", "My hours")
        for start, end in (("09:00", "12:00"), ("14:00", "18:00")):
            clicks.click("button", "Add hours (Monday)")
            clicks.page.locator("[name=from-0]").last.fill(start)
            clicks.page.locator("[name=to-0]").last.fill(end)
        clicks.open("summary:has-text('Copy to…')")
        clicks.click("button", "Copy", exact=True)
        clicks.page.get_by_role("button", name="Save the week").last.click()
        clicks.number += 1
        clicks.page.get_by_text("Your week is saved.").wait_for()
        return clicks.number, seen

    number, seen = visit(maria, size, act)
    # Typing the times: a click into each of the four fields, at worst.
    assert number + 4 <= 10
    assert len(seen) <= 2
    assert Availability.objects.count() == 10
    assert {row.day_of_week for row in Availability.objects.all()} == {0, 1, 2, 3, 4}


@both_sizes
def test_a_vacation_over_eight_sessions_takes_six(
    size: str, visit: Any, maria: User, alice: User, now: dt.datetime
) -> None:
    for number in range(8):
        make_booking(alice, maria, start=now + 3 * DAY + number * 2 * HOUR, status=Status.CONFIRMED)
    today = now.astimezone(zones.load(maria.timezone)).date()

    def act(clicks: Clicks) -> tuple[int, str]:
        clicks.click("link", "My hours")
        clicks.click("link", "Go away for some days")
        clicks.page.get_by_label("First day", exact=True).fill(str(today + 2 * DAY))
        clicks.page.get_by_label("Last day", exact=True).fill(str(today + 9 * DAY))
        clicks.click("button", "Continue")
        told = clicks.page.locator("h2").first.inner_text()
        clicks.click("button", "Block it and cancel all 8")
        return clicks.number, told

    number, told = visit(maria, size, act)
    assert told == "8 sessions lie inside"
    assert number <= 6
    assert Booking.objects.filter(status=Status.CANCELLED).count() == 8
    assert TimeOff.objects.count() == 1


@both_sizes
def test_moving_takes_two_from_the_bookings_page(size: str, visit: Any, maria: User, pending: Booking) -> None:
    def act(clicks: Clicks) -> int:
        clicks.click("link", "Move")
        clicks.open(".free button")
        clicks.page.get_by_text("Moved:").wait_for()
        return clicks.number

    before = pending.start_time
    assert visit(maria, size, act, path=f"bookings/{pending.id}/") == 2
    pending.refresh_from_db()
    assert pending.start_time != before


# --- Every page, for everybody ----------------------------------------------------------------------------------------

# Serious and critical faults, each with the markup of the first place.
LOOK = """async () => {
  const found = (await axe.run()).violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return found.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`);
}"""
# Buttons, links and fields of the shell and of forms that are less than 44 px high.
SMALL = """() => [...document.querySelectorAll("button, .button, .tabs a, input:not([type=hidden], [type=checkbox],"
  + "[type=radio]), select")].filter((element) => element.checkVisibility({ visibilityProperty: true })
  && !element.closest(".hidden") && !element.classList.contains("hidden")
  && element.getBoundingClientRect().height < 44).map((element) => element.outerHTML.slice(0, 120))""".replace(
    '"\n  + "', ""
)

TEACHERS = [
    *("", "calendar/", "calendar/?week=2025-W13", "calendar/{day}/?from=09:00&to=12:00", "bookings/?when=all"),
    *("bookings/{pending}/", "bookings/{over}/", "bookings/{pending}/move/", "bookings/new/", "students/"),
    *("students/{student}/", "hours/", "hours/day/", "hours/away/", "hours/away/?first={day}&last={later}"),
    *("hours/calendar/", "hours/elsewhere/"),
    *("accounts/teacherprofile/{maria}/change/", "bookings/feedback/"),
]
MANAGERS = [
    *("teachers/", "dashboard/", "zoom/", "bookings/", "bookings/{pending}/", "records/"),
    *("notifications/message/", "notifications/message/previews/", "notifications/message/previews/moved/student/"),
    *("webhooks/endpoint/add/", "privacy/erasure/"),
]


def faults(clicks: Clicks, paths: list[str]) -> dict[str, list[str]]:
    """What is wrong with each of the pages."""
    page, found = clicks.page, dict[str, list[str]]()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    for path in paths:
        told.clear()
        answer = page.goto(f"{clicks.origin}/admin/{path}")
        wrong = [line for line in told if "favicon" not in line and "404" not in line]
        if answer is None or answer.status != 200:
            wrong.append(f"status {answer and answer.status}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append("scrolls sideways")
        if page.locator("body.workplace").count():
            wrong += [f"small: {element}" for element in page.evaluate(SMALL)]
        page.evaluate(AXE)
        wrong += page.evaluate(LOOK)
        if wrong:
            found[path] = wrong
    return found


@both_sizes
def test_a_teachers_pages_work_for_everybody(size: str, visit: Any, busy: User, now: dt.datetime) -> None:
    pending = Booking.objects.get(status=Status.PENDING)
    today = now.astimezone(zones.load(busy.timezone)).date()
    words = {
        "pending": pending.id,
        "student": pending.student_id,
        "over": Booking.objects.get(status=Status.COMPLETED).id,
        "maria": busy.pk,
        "day": today,
        "later": today + 5 * DAY,
    }
    paths = [path.format(**words) for path in TEACHERS]
    assert visit(busy, size, lambda clicks: faults(clicks, paths), scripts=True) == {}


@both_sizes
def test_a_managers_pages_work_for_everybody(size: str, visit: Any, busy: User, root: User) -> None:
    pending = Booking.objects.get(status=Status.PENDING)
    paths = [path.format(pending=pending.id) for path in MANAGERS]
    assert visit(root, size, lambda clicks: faults(clicks, paths), scripts=True) == {}


@both_sizes
def test_a_new_teachers_page_works_for_everybody(size: str, visit: Any, live_server: LiveServer) -> None:
    assert visit(make_teacher(), size, lambda clicks: faults(clicks, ["", "calendar/", "hours/"]), scripts=True) == {}


@both_sizes
@pytest.mark.parametrize("path", ["bookings/?when=all", "bookings/", "students/"])
def test_a_lists_first_row_is_five_tabs_from_the_skip_link(path: str, size: str, visit: Any, busy: User) -> None:
    def act(clicks: Clicks) -> int:
        page = clicks.page
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        for number in range(1, 12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('tbody') !== null"):
                return number
        return 99

    assert visit(busy, size, act, path=path, scripts=True) <= 5


@both_sizes
def test_on_a_phone_the_tabs_stand_at_the_bottom(size: str, visit: Any, busy: User) -> None:
    def act(clicks: Clicks) -> float:
        box = clicks.page.locator(".tabs").bounding_box()
        assert box is not None
        return box["y"]

    assert (visit(busy, size, act) > 400) == (size == "phone")
