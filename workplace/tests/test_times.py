"""Choosing a time: /admin/bookings/<id>/move/ and /admin/bookings/new/."""

import datetime as dt
import re

import pytest

from accounts.models import TeacherProfile, User
from bookings.factories import make_booking
from bookings.models import Booking, TimeOff
from bookings.states import Status
from workplace.tests.pages import AdminClient, madrid, read, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def free(user: User, path: str) -> list[str]:
    """The times on the buttons."""
    page = AdminClient(user).page(path).content.decode()
    return re.findall(r'<button name="start" value="2025-01-(\d\dT\d\d:\d\d)"', page)


def move(user: User, booking: Booking, start: str, **fields: str) -> object:
    return AdminClient(user).send(f"bookings/{booking.id}/move/", start=start, **({"duration": "60"} | fields))


def test_the_free_times_of_a_day_and_the_next_six_are_offered(
    maria: User, alice: User, bob: User, carl: User, pending: Booking
) -> None:
    make_booking(bob, maria, start=madrid("12:00"), status=Status.CONFIRMED)
    # The student has a session elsewhere.
    make_booking(alice, carl, start=madrid("15:00"), status=Status.CONFIRMED)
    TimeOff.objects.create(teacher=maria, start_time=madrid("09:00", day=16), end_time=madrid("16:30", day=16))
    offered = free(maria, f"bookings/{pending.id}/move/")
    wednesday = [time[3:] for time in offered if time.startswith("15")]
    # Where the session itself stands nothing is in its way.
    assert wednesday == ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00", "13:30", "14:00", "16:00"]
    assert not any(time.startswith("16") for time in offered)
    assert {time[:2] for time in offered} == {"15", "17", "20", "21"}
    assert {time[:2] for time in free(maria, f"bookings/{pending.id}/move/?date=2025-01-21")} == {
        *("21", "22", "23", "24", "27")
    }


def test_the_minimum_notice_does_not_bind_the_teacher(maria: User, pending: Booking) -> None:
    TeacherProfile.objects.filter(user=maria).update(minimum_notice_minutes=60 * 24 * 30)
    assert "15T14:00" in free(maria, f"bookings/{pending.id}/move/")
    move(maria, pending, "2025-01-15T14:00")
    pending.refresh_from_db()
    assert pending.start_time == madrid("14:00")


def test_a_click_moves_the_session(maria: User, confirmed: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{confirmed.id}/move/", start="2025-01-15T14:00", duration="60")
    assert page.redirect_chain == [(f"/admin/bookings/{confirmed.id}/", 302)]
    assert told(page) == ["Moved: Alice Adams, Wed 15 Jan, 14:00–15:00."]
    assert "Maria Garcia moved it to Wed 15 Jan, 14:00." in text(page)
    confirmed.refresh_from_db()
    assert (confirmed.start_time, confirmed.end_time) == (madrid("14:00"), madrid("15:00"))


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("2025-01-09T10:00", "This time has passed."),
        ("2025-01-15T19:00", "This is outside the working hours. To take it all the same, tick the box."),
        ("2027-01-15T10:00", "This is further ahead than the profile takes bookings."),
        ("2025-01-16T10:00", "The teacher is away or busy elsewhere. To take it all the same, tick the box."),
        ("2025-01-15T14:30", "There is another session then."),
        ("2025-01-15T15:45", "This comes too close to another session."),
        ("2025-01-15T09:00", "The student has another session then."),
        ("9999-01-15T09:00", "The year must lie between 2000 and 2200."),
    ],
)
def test_a_refused_time_shows_the_reason(
    start: str, sentence: str, maria: User, alice: User, bob: User, carl: User, confirmed: Booking
) -> None:
    TeacherProfile.objects.filter(user=maria).update(buffer_minutes=30)
    make_booking(bob, User.objects.get(pk=maria.pk), start=madrid("14:30"), status=Status.CONFIRMED)
    make_booking(alice, carl, start=madrid("09:00"), status=Status.CONFIRMED)
    TimeOff.objects.create(teacher=maria, start_time=madrid("00:00", day=16), end_time=madrid("00:00", day=17))
    page = move(maria, confirmed, start)
    assert sentence in text(page)
    confirmed.refresh_from_db()
    assert confirmed.start_time == madrid("12:00")


def test_a_tick_allows_times_outside_the_hours(maria: User, confirmed: Booking) -> None:
    move(maria, confirmed, "2025-01-15T19:00", outside_hours="on")
    confirmed.refresh_from_db()
    assert confirmed.start_time == madrid("19:00")


def test_a_closed_booking_cannot_be_moved(maria: User, ended: Booking) -> None:
    page = AdminClient(maria).page(f"bookings/{ended.id}/move/")
    assert page.redirect_chain == [(f"/admin/bookings/{ended.id}/", 302)]
    assert "its start has passed" in told(page)[0]


# --- For a student ----------------------------------------------------------------------------------------------------


def book(user: User, student: User, **fields: str) -> object:
    sent = {"student": str(student.id), "start": "2025-01-15T14:00", "duration": "60", "notes": "By phone"} | fields
    return AdminClient(user).send("bookings/new/", **sent)


@pytest.mark.parametrize(("button", "status"), [("confirm", Status.CONFIRMED), ("ask", Status.PENDING)])
def test_a_teacher_books_for_a_student(button: str, status: Status, maria: User, alice: User, pending: Booking) -> None:
    page = book(maria, alice, do=button)
    assert told(page) == ["Booked: Alice Adams, Wed 15 Jan, 14:00–15:00."]
    booking = Booking.objects.exclude(pk=pending.pk).get()
    assert (booking.student, booking.teacher, booking.status, booking.notes) == (alice, maria, status, "By phone")
    assert (booking.zoom_meeting_id is not None) == (status == Status.CONFIRMED)
    if status == Status.PENDING:
        assert "Waits for the student" in text(page)


def test_a_teacher_can_choose_only_own_students(maria: User, bob: User, pending: Booking, strange: Booking) -> None:
    assert "Bob" not in read(maria, "bookings/new/")
    assert "Select a valid choice." in text(book(maria, bob))
    assert Booking.objects.count() == 2


def test_a_time_that_is_taken_is_refused_with_its_reason(maria: User, alice: User, confirmed: Booking) -> None:
    assert "There is another session then." in text(book(maria, alice, start="2025-01-15T12:30"))
    assert "outside the working hours" in text(book(maria, alice, start="2025-01-15T20:00"))
    assert Booking.objects.count() == 1


def test_query_parameters_prefill_the_form(maria: User, alice: User, pending: Booking) -> None:
    page = AdminClient(maria).page(f"bookings/new/?student={alice.id}&start=2025-01-15T14:00&date=2025-01-15")
    assert f'<option value="{alice.id}" selected>' in page.content.decode()
    assert 'value="2025-01-15T14:00"' in page.content.decode()
    assert page.context["date"] == dt.date(2025, 1, 15)


@pytest.mark.parametrize("date", ["junk", "0001-01-01", "9999-12-31", "%00"])
def test_any_date_is_accepted(date: str, maria: User, pending: Booking) -> None:
    assert AdminClient(maria).get(f"/admin/bookings/new/?date={date}").status_code == 200
    assert AdminClient(maria).get(f"/admin/bookings/{pending.id}/move/?date={date}").status_code == 200
