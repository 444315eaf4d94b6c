"""How many statements a page costs: no more with three hundred bookings than with one."""

import datetime as dt

import pytest
from pytest_django import Settings

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking, MeetingSync, TimeOff
from bookings.states import Status
from bookings.tests.statements import at_most
from conftest import NOW
from workplace.tests.pages import AdminClient, madrid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HOUR = dt.timedelta(hours=1)


def many(teacher: User, student: User, number: int) -> None:
    """Bookings of a teacher, hour by hour, half of them over."""
    start = NOW.replace(hour=0) - number // 2 * HOUR
    rows = []
    for index in range(number):
        begins = start + index * HOUR
        is_over = begins < NOW
        rows.append(
            Booking(
                student=student,
                teacher=teacher,
                start_time=begins,
                end_time=begins + HOUR,
                blocked_until=begins + HOUR,
                status=Status.COMPLETED if is_over else (Status.PENDING if index % 2 else Status.CONFIRMED),
                zoom_meeting_id=f"84{index:09}",
                zoom_join_url=f"https://zoom.us/j/84{index:09}",
                zoom_host="maria@example.com",
                created_at=begins - 24 * HOUR,
                updated_at=begins,
            )
        )
    Booking.objects.bulk_create(rows)


@pytest.fixture
def hundreds(maria: User, alice: User) -> Booking:
    """Maria's calendar is full."""
    many(maria, alice, 300)
    TimeOff.objects.create(teacher=maria, start_time=madrid("09:00"), end_time=madrid("17:00"))
    booking = Booking.objects.filter(status=Status.PENDING).latest("start_time")
    MeetingSync.objects.create(booking=booking, created_at=NOW, due_at=NOW, last_error="Zoom did not answer.")
    return booking


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("", 12),
        ("calendar/", 8),
        ("calendar/2025-01-15/", 8),
        ("bookings/", 12),
        ("bookings/?when=all&page=7", 12),
        ("bookings/export.csv?when=all", 12),
        ("bookings/{}/", 12),
        ("bookings/{}/move/", 12),
        ("bookings/new/", 12),
        ("students/", 12),
        ("students/{student}/", 12),
        ("hours/", 12),
        ("hours/away/?first=2025-01-01&last=2025-01-31", 12),
    ],
)
def test_a_page_costs_no_more_with_hundreds_of_bookings(path: str, most: int, maria: User, hundreds: Booking) -> None:
    client = AdminClient(maria)
    with at_most(most):
        answer = client.get(f"/admin/{path.format(hundreds.id, student=hundreds.student_id)}")
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["teachers/", "teachers/?clock=theirs", "dashboard/", "zoom/", "bookings/"])
def test_the_schools_pages_cost_no_more_with_a_hundred_teachers(path: str, root: User) -> None:
    for number in range(100):
        teacher = make_teacher(first_name=f"T{number:03}")
        make_hours(teacher)
        make_booking(make_student(), teacher, start=NOW + HOUR, status=Status.CONFIRMED)
    client = AdminClient(root)
    with at_most(12):
        answer = client.get(f"/admin/{path}")
    assert answer.status_code == 200


def test_a_day_full_of_sessions_under_a_shared_host_costs_no_more(alice: User, settings: Settings) -> None:
    settings.ZOOM_SHARED_HOST_START = True
    teacher = make_teacher(timezone="Europe/Madrid")
    for number in range(9):
        start = madrid("13:05", day=10) + number * HOUR
        make_booking(alice, teacher, start=start, status=Status.CONFIRMED)
    client = AdminClient(teacher)
    with at_most(12):
        page = client.get("/admin/")
    assert page.content.decode().count("Start meeting") == 9
