"""How many clicks things take, on a laptop and on a phone."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.factories import make_student
from accounts.models import User
from bookings import services
from bookings.factories import make_booking
from bookings.models import Availability, Booking, TimeOff
from bookings.states import Status
from wall_clock import zones
from workplace.tests.browser.parts import DAY, HOUR, MINUTE, Clicks, both_sizes

pytestmark = pytest.mark.production


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
