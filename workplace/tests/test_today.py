"""/admin/: what awaits a teacher."""

import datetime as dt
import uuid

import pytest

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking, BookingChange, BusyElsewhere, MeetingSync, TimeOff
from bookings.states import Outcome, Status
from calendars.models import OtherCalendar
from conftest import NOW
from workplace.tests.pages import AdminClient, madrid, read, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def test_a_request_shows_student_time_and_notes(maria: User, alice: User, pending: Booking) -> None:
    make_booking(alice, maria, start=madrid("10:00", day=8), status=Status.COMPLETED)
    Booking.objects.filter(pk=pending.pk).update(created_at=NOW - dt.timedelta(hours=5))
    page = read(maria, "")
    assert "One request waits for you" in page
    assert "Alice Adams · Wed 15 Jan, 10:00–11:00" in page
    assert "“Irregular verbs” · asked 5 h ago · one lesson before · 10:00 here is 04:00 in New York" in page
    assert "Outside your hours" not in page


def test_a_missed_lesson_does_not_count_as_a_lesson(maria: User, alice: User, pending: Booking) -> None:
    lesson = make_booking(alice, maria, start=madrid("10:00", day=8), status=Status.COMPLETED)
    Booking.objects.filter(pk=lesson.pk).update(outcome=Outcome.STUDENT_ABSENT)
    assert "0 lessons before" in read(maria, "")


def test_a_request_shows_its_conflicts(maria: User, alice: User) -> None:
    make_booking(alice, maria, start=madrid("19:00"))
    TimeOff.objects.create(teacher=maria, start_time=madrid("18:00"), end_time=madrid("20:00"))
    page = read(maria, "")
    assert "Outside your hours" in page
    assert "You are away or busy elsewhere then" in page


def test_a_request_shows_conflicts_with_other_calendars(maria: User, pending: Booking) -> None:
    assert "busy elsewhere" not in read(maria, "")
    BusyElsewhere.objects.create(
        teacher=maria, source=uuid.uuid4(), start_time=pending.start_time, end_time=pending.end_time
    )
    assert "You are away or busy elsewhere then" in read(maria, "")


def test_a_calendar_that_has_failed_for_a_day_is_shown_to_its_teacher(maria: User, carl: User) -> None:
    fields = {"address": "https://calendar.example.com/secret.ics", "created_at": NOW, "due_at": NOW}
    failing = {"last_error": "There is no calendar at this address (404).", **fields}
    OtherCalendar.objects.create(teacher=maria, name="Private", failing_since=NOW - dt.timedelta(hours=25), **failing)
    OtherCalendar.objects.create(teacher=carl, name="Carl's", failing_since=NOW - dt.timedelta(hours=23), **failing)
    page = read(maria, "")
    assert "One of your other calendars cannot be read" in page
    assert "Private, since Thu 9 Jan: There is no calendar at this address (404)." in page
    assert "secret" not in page
    assert "other calendars" not in read(carl, "")


def test_requests_are_soonest_first_with_ten_shown_until_all_are_asked_for(maria: User) -> None:
    for number in range(12):
        make_booking(make_student(first_name=f"S{number:02}"), maria, start=madrid("10:00", day=27 - number))
    page = read(maria, "")
    assert "12 requests wait for you" in page
    assert page.index("S11 Doe") < page.index("S10 Doe")
    assert "S00 Doe" not in page
    assert "Show all 12" in page
    assert "S00 Doe" in read(maria, "?all")


def test_only_the_teachers_own_requests_that_await_their_answer_are_shown(
    maria: User, strange: Booking, pending: Booking
) -> None:
    Booking.objects.filter(pk=pending.pk).update(awaits="student")
    page = read(maria, "")
    assert "Nobody is waiting." in page
    assert "Bob" not in page


def test_confirming_is_one_post_and_returns_to_this_page(maria: User, pending: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{pending.id}/confirm/", back="today", version="1")
    assert page.redirect_chain == [("/admin/", 302)]
    assert told(page) == ["Confirmed: Alice Adams, Wed 15 Jan, 10:00–11:00."]
    pending.refresh_from_db()
    assert (pending.status, bool(pending.zoom_meeting_id)) == (Status.CONFIRMED, True)


def test_declining_takes_a_reason(maria: User, pending: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{pending.id}/decline/", back="today", reason="I am full", version="1")
    assert told(page) == ["Declined: Alice Adams, Wed 15 Jan, 10:00–11:00."]
    pending.refresh_from_db()
    assert (pending.status, pending.cancellation_reason) == (Status.CANCELLED, "I am full")


@pytest.mark.parametrize(
    ("start", "words", "first", "stands_out"),
    [
        ("13:08", "Starts in 8 minutes", True, True),
        ("13:50", "Starts in 50 minutes", True, False),
        ("12:30", "Under way", True, True),
        ("16:00", "Later today", False, False),
    ],
)
def test_a_session_of_today_can_be_started(
    start: str, words: str, first: bool, stands_out: bool, maria: User, alice: User
) -> None:
    booking = make_booking(alice, maria, start=madrid(start, day=10), status=Status.CONFIRMED)
    page = AdminClient(maria).page("")
    assert words in text(page)
    look = "button primary" if stands_out else "button"
    assert f'<a class="{look}" href="/admin/bookings/{booking.id}/start/"' in page.content.decode()
    assert ("sessions-first" in page.content.decode()) == first


def test_a_teacher_who_is_not_the_host_gets_the_join_link(alice: User) -> None:
    teacher = make_teacher(timezone="Europe/Madrid")
    booking = make_booking(alice, teacher, start=madrid("16:00", day=10), status=Status.CONFIRMED)
    page = AdminClient(teacher).page("")
    assert f'href="{booking.zoom_join_url}" target="_blank" rel="noreferrer">Join</a>' in page.content.decode()
    assert "It runs under the school's Zoom user, whose host lets you in." in text(page)
    assert "/start/" not in page.content.decode()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_after_its_end_a_teacher_says_how_it_went(outcome: Outcome, maria: User, ended: Booking) -> None:
    page = AdminClient(maria).page("")
    assert "Took place" in text(page)
    assert "Did not take place" in text(page)
    AdminClient(maria).send(f"bookings/{ended.id}/complete/", outcome=outcome, back="today")
    ended.refresh_from_db()
    assert (ended.status, ended.outcome) == (Status.COMPLETED, outcome)


def test_an_unknown_outcome_is_refused(maria: User, ended: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{ended.id}/complete/", outcome="junk")
    assert told(page)[0].endswith("Choose what became of the session.")
    ended.refresh_from_db()
    assert ended.status == Status.CONFIRMED


def test_an_empty_day_names_what_comes_next(maria: User, confirmed: Booking) -> None:
    page = read(maria, "")
    assert "Nothing today. Next: Wed 15 Jan, 12:00 Alice Adams" in page
    assert "Tomorrow: nothing." in page


def test_tomorrow_is_one_line(maria: User, alice: User, bob: User) -> None:
    for student, time in ((alice, "11:00"), (bob, "09:30")):
        make_booking(student, maria, start=madrid(time, day=11), status=Status.CONFIRMED)
    assert "Tomorrow: 2 sessions, the first at 09:30." in read(maria, "")


def test_the_week_is_summarised_in_figures(maria: User, alice: User) -> None:
    lesson = make_booking(alice, maria, start=madrid("10:00", day=8), status=Status.COMPLETED, minutes=90)
    make_feedback(lesson, rating=4, comment="Great lesson")
    TimeOff.objects.create(teacher=maria, start_time=madrid("09:00", day=6), end_time=madrid("13:00", day=6))
    page = read(maria, "")
    assert "1.5 h of 36 h open" in page.replace("of 36 h open 1.5 h", "1.5 h of 36 h open")
    assert "of 5, from one student" in page
    assert "4 of 5 Alice Adams, Wed 8 Jan “Great lesson”" in page


def test_an_alert_says_what_is_wrong_at_zoom_and_who_acts(maria: User, confirmed: Booking, strange: Booking) -> None:
    for booking in (confirmed, strange):
        MeetingSync.objects.create(
            booking=booking, created_at=NOW, due_at=NOW, stopped_at=NOW, last_error="Validation Failed."
        )
    page = read(maria, "")
    assert "One meeting is not right at Zoom" in page
    assert "Wed 15 Jan, 12:00–13:00, Alice Adams: Validation Failed. The office has to look at it." in page


def test_without_a_failure_there_is_no_alert(maria: User, confirmed: Booking) -> None:
    MeetingSync.objects.create(booking=confirmed, created_at=NOW, due_at=NOW)
    assert "not right at Zoom" not in read(maria, "")


def test_a_new_teacher_sees_three_steps() -> None:
    page = read(make_teacher(), "")
    for step in ("Your time zone", "Your weekly hours", "Your Zoom user", "Set your week"):
        assert step in page


def test_managers_are_redirected_to_the_teachers(root: User) -> None:
    assert AdminClient(root).page("").redirect_chain == [("/admin/teachers/", 302)]


def test_a_request_that_changed_since_the_page_was_loaded_is_not_confirmed(maria: User, pending: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{pending.id}/confirm/", back="today", version="7")
    assert "The booking has changed since you saw it; please look again" in told(page)[0]
    pending.refresh_from_db()
    assert pending.status == Status.PENDING
    assert not BookingChange.objects.filter(move="confirm").exists()
