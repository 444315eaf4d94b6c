"""Every page of the workplace can be used by all, on a laptop and on a phone."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from accounts.factories import make_teacher
from accounts.models import User
from bookings.models import Booking
from bookings.states import Status
from wall_clock import zones
from workplace.tests.browser.parts import DAY, SIZES, Clicks, both_sizes

pytestmark = pytest.mark.production

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = (Path(settings.BASE_DIR) / "testing" / "axe" / "axe.min.js").read_text()

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

# Spanish words are longer.
both_languages = pytest.mark.parametrize("language", ["en", "es"])


def faults(clicks: Clicks, paths: list[str]) -> dict[str, list[str]]:
    """What is wrong with each of the pages, on a laptop or on a phone."""
    page, sizes, found = clicks.page, list(SIZES), dict[str, list[str]]()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    for path in paths:
        told.clear()
        answer = page.goto(f"{clicks.origin}/admin/{path}")
        wrong = [line for line in told if "favicon" not in line and "404" not in line]
        if answer is None or answer.status != 200:
            wrong.append(f"status {answer and answer.status}")
        page.evaluate(AXE)
        for size in sizes:
            wrong += [f"{size}: {fault}" for fault in faults_on(page, size)]
        sizes.reverse()  # the next page begins with the size of the window
        if wrong:
            found[path] = wrong
    return found


def faults_on(page: "Page", size: str) -> list[str]:
    """What is wrong with the page on a screen of this size."""
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]  # Playwright's own dictionary
    page.wait_for_function("width => innerWidth === width", arg=SIZES[size]["width"])
    wrong = ["scrolls sideways"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else []
    if page.locator("body.workplace").count():
        wrong += [f"small: {element}" for element in page.evaluate(SMALL)]
    return wrong + list(page.evaluate(LOOK))


@both_languages
def test_a_teachers_pages_work_for_everybody(language: str, visit: Any, busy: User, now: dt.datetime) -> None:
    User.objects.update(language=language)
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
    assert visit(busy, "laptop", lambda clicks: faults(clicks, paths), scripts=True) == {}


@both_languages
def test_a_managers_pages_work_for_everybody(language: str, visit: Any, busy: User, root: User) -> None:
    User.objects.update(language=language)
    pending = Booking.objects.get(status=Status.PENDING)
    paths = [path.format(pending=pending.id) for path in MANAGERS]
    assert visit(root, "laptop", lambda clicks: faults(clicks, paths), scripts=True) == {}


def test_a_new_teachers_page_works_for_everybody(visit: Any, live_server: LiveServer) -> None:
    paths = ["", "calendar/", "hours/"]
    assert visit(make_teacher(), "laptop", lambda clicks: faults(clicks, paths), scripts=True) == {}


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
def test_on_a_phone_the_tabs_are_at_the_bottom(size: str, visit: Any, busy: User) -> None:
    def act(clicks: Clicks) -> float:
        box = clicks.page.locator(".tabs").bounding_box()
        assert box is not None
        return box["y"]

    assert (visit(busy, size, act) > 400) == (size == "phone")
