"""The managers' pages: /admin/teachers/, /admin/dashboard/, /admin/zoom/."""

import datetime as dt

import pytest

from accounts.models import User
from bookings import services
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync, TimeOff
from bookings.states import Outcome, Status
from conftest import NOW
from workplace.tests.pages import AdminClient, madrid, read, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PAGES = ("teachers/", "dashboard/", "zoom/")


@pytest.mark.parametrize("path", PAGES)
def test_only_managers_can_open_the_schools_pages(path: str, maria: User) -> None:
    assert AdminClient(maria).get(f"/admin/{path}").status_code == 403


# --- Teachers ---------------------------------------------------------------------------------------------------------


def test_every_teachers_week_is_on_one_page(root: User, maria: User, carl: User, confirmed: Booking) -> None:
    TimeOff.objects.create(teacher=maria, start_time=madrid("09:00"), end_time=madrid("17:00"))
    page = AdminClient(root).page("teachers/?week=2025-W03")
    assert "Carl Clark 0 / 56 h" in text(page)
    assert "Maria Garcia 11:00 Alice , Confirmed 1 / 32 h" in text(page)
    assert f'href="/admin/bookings/{confirmed.id}/"' in page.content.decode()


def test_on_a_phone_the_sessions_are_listed_by_day(root: User, carl: User, bob: User, confirmed: Booking) -> None:
    make_booking(bob, carl, start=madrid("09:00"), status=Status.CONFIRMED)
    days = dict(AdminClient(root).page("teachers/?week=2025-W03").context["days"])
    wednesday = days[dt.date(2025, 1, 15)]
    assert [(chip.time, teacher) for chip, teacher in wednesday] == [("08:00", carl), ("11:00", confirmed.teacher)]


def test_times_are_by_the_managers_clock_or_by_each_teachers(root: User, confirmed: Booking) -> None:
    assert "11:00 Alice" in read(root, "teachers/?week=2025-W03")
    page = read(root, "teachers/?week=2025-W03&clock=theirs")
    assert "12:00 Alice" in page
    assert "Europe/Madrid" in page


def test_a_session_is_listed_under_its_day_in_the_displayed_zone(root: User, maria: User, alice: User) -> None:
    User.objects.filter(pk=root.pk).update(timezone="Pacific/Auckland")
    make_booking(alice, maria, start=madrid("15:00", day=19), status=Status.CONFIRMED)
    # Sunday afternoon in Madrid is Monday in Auckland.
    assert "Alice" not in read(root, "teachers/?week=2025-W03")
    assert "03:00 Alice" in read(root, "teachers/?week=2025-W04")
    assert "15:00 Alice" in read(root, "teachers/?week=2025-W03&clock=theirs")


# --- Dashboard --------------------------------------------------------------------------------------------------------


def test_each_week_is_summarised_in_figures(root: User, maria: User, alice: User, bob: User) -> None:
    monday = dt.datetime(2025, 1, 6, 8, 0, tzinfo=dt.UTC)
    for number, (student, status) in enumerate(
        [(alice, Status.COMPLETED), (bob, Status.COMPLETED), (alice, Status.CANCELLED), (bob, Status.PENDING)]
    ):
        booking = make_booking(student, maria, start=monday + dt.timedelta(hours=2 * number), status=status)
        Booking.objects.filter(pk=booking.pk).update(created_at=monday)
        booking.changes.update(at=monday + dt.timedelta(hours=3))
    Booking.objects.filter(student=bob, status=Status.COMPLETED).update(outcome=Outcome.STUDENT_ABSENT)
    page = read(root, "dashboard/")
    # Requests, confirmed, median answer, cancelled, sessions, did not come, hours.
    assert "Mon 6 Jan 2025 4 67 % 3 h 1 2 1 2 / 40" in page
    assert "Mon 18 Nov 2024 0 – – 0 0 0 0 / 40" in page


def test_the_dashboard_shows_how_far_behind_zoom_is(root: User, confirmed: Booking) -> None:
    assert "Zoom agrees with every booking, or is being told." in read(root, "dashboard/")
    sync = MeetingSync.objects.create(booking=confirmed, created_at=NOW, due_at=NOW - dt.timedelta(hours=1))
    assert "Deliveries to Zoom are more than ten minutes behind." in read(root, "dashboard/")
    MeetingSync.objects.filter(pk=sync.pk).update(stopped_at=NOW)
    assert "One meeting was given up and needs attention." in read(root, "dashboard/")


# --- Zoom problems ----------------------------------------------------------------------------------------------------


@pytest.fixture
def stopped(pending: Booking) -> MeetingSync:
    """Given up, though its meeting could be made to agree."""
    booking = services.confirm_booking(booking_id=pending.id, by=pending.teacher, now=NOW)
    MeetingSync.objects.all().delete()
    return MeetingSync.objects.create(
        booking=booking, created_at=NOW, due_at=NOW, stopped_at=NOW, refusals=3, last_error="Validation Failed."
    )


def test_a_problem_is_explained(root: User, stopped: MeetingSync, confirmed: Booking) -> None:
    MeetingSync.objects.create(booking=confirmed, created_at=NOW, due_at=NOW)
    page = read(root, "zoom/")
    assert "Wed 15 Jan 2025, 09:00–10:00: Alice Adams with Maria Garcia" in page
    assert "Zoom refused: Validation Failed. Zoom is not asked again until an administrator retries it." in page
    # What is merely on its way is no problem.
    assert "11:00–12:00" not in page


def test_a_retry_ends_the_problem(root: User, stopped: MeetingSync) -> None:
    page = AdminClient(root).send(f"zoom/{stopped.pk}/retry/")
    assert told(page) == ["Wed 15 Jan 2025, 09:00, Alice Adams with Maria Garcia: Zoom agrees now."]
    assert "None." in text(page)
    stopped.refresh_from_db()
    assert stopped.done_at is not None


def test_only_managers_can_retry_and_by_post_only(maria: User, root: User, stopped: MeetingSync) -> None:
    assert AdminClient(maria).post(f"/admin/zoom/{stopped.pk}/retry/").status_code == 403
    assert AdminClient(root).get(f"/admin/zoom/{stopped.pk}/retry/").status_code == 405
    assert AdminClient(root).post("/admin/zoom/999999/retry/").status_code == 404
    stopped.refresh_from_db()
    assert stopped.stopped_at is not None
