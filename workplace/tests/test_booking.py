"""/admin/bookings/<id>/: the page, and what its buttons do."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking, MeetingSync
from bookings.states import Outcome, Status
from conftest import NOW
from workplace.tests.pages import AdminClient, madrid, read, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
VERBS = ("confirm", "decline", "cancel", "complete", "correct")


def test_the_heading_has_student_time_and_the_students_local_time(maria: User, pending: Booking) -> None:
    page = read(maria, f"bookings/{pending.id}/")
    assert "Alice Adams, Wed 15 Jan, 10:00–11:00 (04:00 in New York)" in page
    assert "Waits for you" in page
    assert "“Irregular verbs”" in page
    assert "Alice Adams asked for Wed 15 Jan, 10:00." in page


def test_the_last_lesson_is_shown_with_its_feedback(maria: User, alice: User, pending: Booking) -> None:
    lesson = make_booking(alice, maria, start=madrid("10:00", day=8), status=Status.COMPLETED, notes="Past tense")
    make_feedback(lesson, rating=4, comment="Great lesson")
    page = read(maria, f"bookings/{pending.id}/")
    assert "Wed 8 Jan 2025, 10:00–11:00 “Past tense” 4 of 5 · “Great lesson”" in page
    assert "4 of 5 “Great lesson”" in read(maria, f"bookings/{lesson.id}/")


def test_a_request_cancelled_by_the_teacher_is_shown_as_declined(maria: User, pending: Booking) -> None:
    AdminClient(maria).send(f"bookings/{pending.id}/decline/", reason="I am full")
    page = read(maria, f"bookings/{pending.id}/")
    assert "Declined" in page
    assert "Maria Garcia declined. “I am full”" in page


def test_a_confirmed_session_is_shown_as_cancelled(maria: User, confirmed: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{confirmed.id}/cancel/", reason="Ill in bed")
    assert page.redirect_chain == [(f"/admin/bookings/{confirmed.id}/", 302)]
    confirmed.refresh_from_db()
    assert (confirmed.status, confirmed.cancellation_reason) == (Status.CANCELLED, "Ill in bed")
    assert "Maria Garcia cancelled. “Ill in bed”" in text(page)


@pytest.mark.parametrize("reason", ["x" * 501, "two\x1blines"])
def test_an_invalid_reason_is_refused(reason: str, maria: User, confirmed: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{confirmed.id}/cancel/", reason=reason)
    assert len(told(page)) == 1
    confirmed.refresh_from_db()
    assert confirmed.status == Status.CONFIRMED


def test_the_outcome_can_be_corrected(maria: User, alice: User) -> None:
    lesson = make_booking(alice, maria, start=madrid("10:00", day=8), status=Status.COMPLETED)
    AdminClient(maria).send(f"bookings/{lesson.id}/correct/", outcome=Outcome.STUDENT_ABSENT)
    page = read(maria, f"bookings/{lesson.id}/")
    assert "Maria Garcia corrected: The student did not come." in page


def test_the_state_at_zoom_is_shown(maria: User, confirmed: Booking) -> None:
    assert "Zoom agrees with the booking." in read(maria, f"bookings/{confirmed.id}/")
    MeetingSync.objects.create(booking=confirmed, created_at=NOW, due_at=NOW, last_error="Zoom did not answer.")
    assert "Zoom is asked in a moment. Zoom did not answer." in read(maria, f"bookings/{confirmed.id}/")


def test_the_passcode_is_not_on_the_page(maria: User, confirmed: Booking) -> None:
    page = AdminClient(maria).page(f"bookings/{confirmed.id}/").content.decode()
    assert confirmed.zoom_password
    assert confirmed.zoom_password not in page


@pytest.mark.parametrize(
    ("status", "buttons"),
    [
        (Status.PENDING, {"confirm", "decline", "move"}),
        (Status.CONFIRMED, {"cancel", "move", "start"}),
        (Status.COMPLETED, {"correct"}),
        (Status.CANCELLED, set()),
    ],
)
def test_there_is_a_button_for_each_possible_move(status: Status, buttons: set[str], maria: User, alice: User) -> None:
    day = 8 if status == Status.COMPLETED else 15
    booking = make_booking(alice, maria, start=madrid("10:00", day=day), status=status)
    page = AdminClient(maria).page(f"bookings/{booking.id}/").content.decode()
    assert {name for name in (*VERBS, "move", "start") if f"/admin/bookings/{booking.id}/{name}/" in page} == buttons


def test_a_manager_sees_and_moves_every_booking(root: User, pending: Booking) -> None:
    assert "with Maria Garcia" in read(root, f"bookings/{pending.id}/")
    AdminClient(root).send(f"bookings/{pending.id}/confirm/")
    pending.refresh_from_db()
    assert pending.status == Status.CONFIRMED


# --- Start ------------------------------------------------------------------------------------------------------------


def test_starting_redirects_to_zoom_and_stores_nothing(maria: User, pending: Booking) -> None:
    client = AdminClient(maria)
    client.send(f"bookings/{pending.id}/confirm/")
    answer = client.get(f"/admin/bookings/{pending.id}/start/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    link = answer.headers["Location"]
    assert link not in client.page(f"bookings/{pending.id}/").content.decode()


def test_a_meeting_that_cannot_be_started_shows_the_reason(
    root: User, maria: User, pending: Booking, confirmed: Booking
) -> None:
    page = AdminClient(maria).page(f"bookings/{pending.id}/start/")
    assert "Only confirmed bookings can be started; this one is pending" in told(page)[0]
    assert AdminClient(root).get(f"/admin/bookings/{confirmed.id}/start/").status_code == 403


# --- Who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_moves_require_post(verb: str, maria: User, pending: Booking) -> None:
    assert AdminClient(maria).get(f"/admin/bookings/{pending.id}/{verb}/").status_code == 405


def test_a_move_needs_a_csrf_token(maria: User, pending: Booking) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(maria, backend="accounts.backends.SupabaseBackend")
    assert client.post(f"/admin/bookings/{pending.id}/confirm/").status_code == 403
    pending.refresh_from_db()
    assert pending.status == Status.PENDING


@pytest.mark.parametrize("verb", ["confirm", "decline", "complete"])
def test_a_former_student_who_teaches_cannot_make_the_teachers_moves(verb: str, alice: User, pending: Booking) -> None:
    User.objects.filter(pk=alice.pk).update(role="teacher")
    assert AdminClient(alice).post(f"/admin/bookings/{pending.id}/{verb}/").status_code == 403
    pending.refresh_from_db()
    assert pending.status == Status.PENDING


@pytest.mark.parametrize("who", [None, "alice"])
def test_outsiders_must_sign_in_first(who: str | None, pending: Booking, request: Any) -> None:
    client = AdminClient(request.getfixturevalue(who) if who else None)
    for path in ("calendar/", f"bookings/{pending.id}/", f"bookings/{uuid.uuid4()}/"):
        assert client.page(path).redirect_chain == [(f"/admin/login/?next=/admin/{path}", 302)]
