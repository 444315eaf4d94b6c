"""/admin/calendar/ and the page of a day."""

import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from accounts.factories import make_teacher
from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking, BusyElsewhere, TimeOff
from bookings.states import Status
from workplace.tests.pages import AdminClient, madrid, read, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
NEXT = "calendar/?week=2025-W03"


def items(user: User, path: str = NEXT) -> list[tuple[str, str]]:
    """Class and words of all that stands on the days."""
    page = AdminClient(user).page(path).content.decode()
    return [
        (classes, " ".join(re.sub("<[^>]*>", " ", words).split()))
        for classes, words in re.findall(r'<li class="([^"]*from-[^"]*)">(.*?)</li>', page.partition("<section")[2])
    ]


def test_each_day_shows_hours_absences_and_sessions(
    maria: User, alice: User, pending: Booking, confirmed: Booking
) -> None:
    TimeOff.objects.create(teacher=maria, start_time=madrid("16:00"), end_time=madrid("18:00"), reason="Doctor")
    make_booking(alice, maria, start=madrid("14:00"), status=Status.CANCELLED)
    wednesday = [
        ("open from-h9 from-m0 to-h17 to-m0", "Open 09:00–17:00"),
        ("pending from-h10 from-m0 to-h11 to-m0", "10:00–11:00 Alice Adams, waits for you"),
        ("confirmed from-h12 from-m0 to-h13 to-m0", "12:00–13:00 Alice Adams, confirmed"),
        ("away from-h16 from-m0 to-h18 to-m0", "Away 16:00–18:00: Doctor"),
    ]
    shown = items(maria)
    assert shown[2:6] == wednesday
    assert len(shown) == len(wednesday) + 4


def test_busy_times_of_other_calendars_are_shown_once_and_without_titles(maria: User, carl: User) -> None:
    for teacher, start, end in (
        (maria, madrid("12:00"), madrid("13:00")),
        (maria, madrid("12:30"), madrid("14:00")),
        (maria, madrid("22:00", day=16), madrid("08:00", day=17)),
        (carl, madrid("09:00"), madrid("10:00")),
    ):
        BusyElsewhere.objects.create(teacher=teacher, source=uuid.uuid4(), start_time=start, end_time=end)
    assert [item for item in items(maria) if item[0].startswith("elsewhere")] == [
        ("elsewhere from-h12 from-m0 to-h14 to-m0", "Busy elsewhere 12:00–14:00"),
        ("elsewhere from-h22 from-m0 to-h24 to-m0", "Busy elsewhere 22:00–08:00"),
        ("elsewhere from-h0 from-m0 to-h8 to-m0", "Busy elsewhere 22:00–08:00"),
    ]
    assert "Busy elsewhere 12:00–14:00" in read(maria, "calendar/2025-01-15/")


def test_a_booking_leads_to_its_page_and_open_space_to_the_day(maria: User, confirmed: Booking) -> None:
    page = AdminClient(maria).page(NEXT).content.decode()
    assert f'<a href="/admin/bookings/{confirmed.id}/">' in page
    assert '<a href="/admin/calendar/2025-01-15/?from=09:00&amp;to=17:00">' in page


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("", "6–12 January"),
        ("?week=2025-W03", "13–19 January"),
        ("?week=2025-W05", "Mon 27 Jan – Sun 2 Feb"),
        ("?date=2025-01-15", "13–19 January"),
        ("?week=junk", "6–12 January"),
        ("?week=9999-W53", "6–12 January"),
        ("?week=2025-W54", "6–12 January"),
        ("?date=9999-12-31", "6–12 January"),
        ("?date=%00", "6–12 January"),
    ],
)
def test_any_week_can_be_asked_for(query: str, title: str, maria: User) -> None:
    assert f"{title} ‹ Earlier" in read(maria, f"calendar/{query}")


def test_a_session_over_midnight_is_shown_on_both_days(maria: User, alice: User) -> None:
    make_booking(alice, maria, start=madrid("23:30"), status=Status.CONFIRMED)
    shown = items(maria)
    assert ("confirmed from-h23 from-m30 to-h24 to-m0", "23:30–00:30 Alice Adams, confirmed") in shown
    assert (
        "confirmed from-h0 from-m0 to-h0 to-m30",
        "23:30–00:30 Alice Adams, confirmed, since the day before",
    ) in shown


def test_the_hours_shown_reach_from_the_earliest_to_the_latest(maria: User, alice: User) -> None:
    page = AdminClient(maria).page(NEXT).content.decode()
    assert "top-h8" in page
    assert ">08:00</li>" in page
    assert ">18:00</li>" in page
    assert ">19:00</li>" not in page
    make_booking(alice, maria, start=madrid("06:15"), status=Status.CONFIRMED)
    make_booking(alice, maria, start=madrid("20:00"), status=Status.CONFIRMED)
    page = AdminClient(maria).page(NEXT).content.decode()
    assert "top-h6" in page
    assert ">20:00</li>" in page


def test_a_teacher_without_hours_gets_a_link_to_set_them() -> None:
    assert "No hours yet. Set your week." in read(make_teacher(), "calendar/")


def test_nothing_of_another_teacher_is_shown(maria: User, strange: Booking) -> None:
    page = read(maria, NEXT)
    assert "Bob" not in page
    assert "Bob" not in read(maria, "calendar/2025-01-15/")


def test_the_page_of_a_day_offers_what_can_be_done_with_it(maria: User, confirmed: Booking) -> None:
    page = AdminClient(maria).page("calendar/2025-01-15/?from=09:00&to=12:00")
    assert "Wednesday 15 January" in text(page)
    assert "12:00–13:00 Alice Adams, confirmed" in text(page)
    for offer in ("Block this time", "Add open hours", "Book for a student"):
        assert offer in text(page)
    assert 'name="start" value="09:00"' in page.content.decode()


@pytest.mark.parametrize("date", ["junk", "2025-02-30", "9999-12-31", "0001-01-01"])
def test_a_malformed_date_is_404(date: str, maria: User) -> None:
    assert AdminClient(maria).get(f"/admin/calendar/{date}/").status_code == 404


def test_managers_who_do_not_teach_have_no_calendar(root: User) -> None:
    page = AdminClient(root).get("/admin/calendar/")
    assert page.status_code == 403
    assert "This page is not for your account." in text(page)


def test_every_position_of_a_day_has_a_css_rule() -> None:
    path = finders.find("workplace/workplace.css")
    assert isinstance(path, str)
    css = Path(path).read_text()
    for edge in ("from", "to"):
        assert {int(hour) for hour in re.findall(rf"\.{edge}-h(\d+){{", css)} >= set(range(26))
        assert {int(minute) for minute in re.findall(rf"\.{edge}-m(\d+){{", css)} == set(range(0, 60, 5))
    assert {int(hour) for hour in re.findall(r"\.top-h(\d+){", css)} == set(range(9))


def test_no_template_has_inline_styles_or_scripts() -> None:
    for path in Path(settings.BASE_DIR, "workplace/templates").rglob("*.html"):
        assert not re.search(r"<style|<script|\sstyle=|\son\w+=", path.read_text()), path
