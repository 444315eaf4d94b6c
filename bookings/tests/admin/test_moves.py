"""Confirming, rescheduling, cancelling and completing in the admin."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.factories import make_teacher
from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from bookings.admin.views import MOST_AT_ONCE
from bookings.factories import make_booking, make_hours
from bookings.models import Booking, BookingChange
from bookings.states import Move, Status
from bookings.tests.conftest import at, nothing_changes
from bookings.tests.fake_zoom import Failure, FakeZoom
from zoom_sandbox.models import SandboxMeeting

LIST = "bookings/booking/"
pytestmark = pytest.mark.usefixtures("now")


def act(user: User, move: Move, *bookings: Booking | str, **fields: Any) -> Any:
    """Chooses bookings in the list, and an action."""
    chosen = [booking if isinstance(booking, str) else str(booking.id) for booking in bookings]
    return AdminClient(user).send(LIST, action=move.value, _selected_action=chosen, index="0", **fields)


def answer(user: User, move: Move, *bookings: Booking, **fields: Any) -> Any:
    """Answers the page in between."""
    chosen = [str(booking.id) for booking in bookings]
    return AdminClient(user).send(LIST, action=move.value, _selected_action=chosen, answered="1", **fields)


def meetings() -> list[SandboxMeeting]:
    return list(SandboxMeeting.objects.filter(deleted_at=None))


# --- Confirm ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["maria", "root"])
def test_confirming_makes_the_meeting(who: str, pending: Booking, request: Any) -> None:
    user = request.getfixturevalue(who)
    page = act(user, Move.CONFIRM, pending)
    assert told(page) == ["Wed 15 Jan 2025, 10:00, Alice Adams with Maria Garcia: confirmed."]
    pending.refresh_from_db()
    assert pending.status == Status.CONFIRMED
    assert [str(meeting.id) for meeting in meetings()] == [pending.zoom_meeting_id]
    assert pending.changes.get(move=Move.CONFIRM).by == user


@pytest.mark.django_db(transaction=True)
def test_zoom_is_called_outside_of_any_transaction(pending: Booking, zoom: FakeZoom) -> None:
    zoom.allows_transactions = False
    act(pending.teacher, Move.CONFIRM, pending)
    answer(pending.teacher, Move.RESCHEDULE, pending, start="2025-01-15T12:00", duration="60")
    answer(pending.teacher, Move.CANCEL, pending, reason="")
    pending.refresh_from_db()
    assert (pending.status, zoom.meetings) == (Status.CANCELLED, {})
    assert [zoom.count(method) for method in ("POST", "PATCH", "DELETE")] == [1, 1, 1]


def test_the_result_is_shown_for_each_of_several_bookings(
    alice: User, maria: User, pending: Booking, completed: Booking
) -> None:
    later = make_booking(alice, maria, start=at("14:00"))
    page = act(maria, Move.CONFIRM, pending, completed, later)
    assert told(page) == [
        "Wed 15 Jan 2025, 14:00, Alice Adams with Maria Garcia: confirmed.",
        "Wed 15 Jan 2025, 10:00, Alice Adams with Maria Garcia: confirmed.",
        "Wed 8 Jan 2025, 10:00, Alice Adams with Maria Garcia: "
        "Only pending bookings can be confirmed; this one is completed",
    ]
    assert len(meetings()) == 2
    completed.refresh_from_db()
    assert completed.status == Status.COMPLETED


def test_a_failure_of_zoom_is_shown(maria: User, pending: Booking, zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=400))
    page = act(maria, Move.CONFIRM, pending)
    assert "Failed to create Zoom meeting" in told(page)[0]
    pending.refresh_from_db()
    assert (pending.status, pending.zoom_meeting_id, zoom.meetings) == (Status.PENDING, None, {})


# --- Cancel -----------------------------------------------------------------------------------------------------------


def test_cancelling_asks_for_a_reason_first(maria: User, confirmed: Booking) -> None:
    with nothing_changes():
        page = act(maria, Move.CANCEL, confirmed)
    assert "Cancel booking" in page.content.decode()
    assert 'name="reason"' in page.content.decode()
    assert f'name="_selected_action" value="{confirmed.id}"' in page.content.decode()


def test_cancelling_deletes_the_meeting(maria: User, confirmed: Booking) -> None:
    page = answer(maria, Move.CANCEL, confirmed, reason="Ill in bed")
    assert told(page) == ["Wed 15 Jan 2025, 10:00, Alice Adams with Maria Garcia: cancelled."]
    confirmed.refresh_from_db()
    assert (confirmed.status, confirmed.cancellation_reason) == (Status.CANCELLED, "Ill in bed")
    assert confirmed.changes.get(move=Move.CANCEL).by == maria
    assert meetings() == []


def test_a_reason_that_is_too_long_is_asked_for_again(maria: User, pending: Booking) -> None:
    with nothing_changes():
        page = answer(maria, Move.CANCEL, pending, reason="x" * 501)
    assert "at most 500 characters" in page.content.decode()


def test_several_are_cancelled_with_one_reason(alice: User, maria: User, pending: Booking, completed: Booking) -> None:
    later = make_booking(alice, maria, start=at("14:00"))
    assert "Cancel 3 bookings" in act(maria, Move.CANCEL, pending, later, completed).content.decode()
    page = answer(maria, Move.CANCEL, pending, later, completed, reason="Ill")
    assert "Only pending or confirmed bookings can be cancelled; this one is completed" in told(page)[2]
    assert set(Booking.objects.filter(status=Status.CANCELLED, cancellation_reason="Ill")) == {pending, later}


# --- Reschedule -------------------------------------------------------------------------------------------------------


def test_rescheduling_asks_for_the_time_first(maria: User, pending: Booking) -> None:
    with nothing_changes():
        page = act(maria, Move.RESCHEDULE, pending)
    assert 'value="2025-01-15T10:00"' in page.content.decode()
    assert 'value="60"' in page.content.decode()


def test_rescheduling_moves_the_meeting_by_the_readers_clock(root: User, confirmed: Booking) -> None:
    User.objects.filter(pk=root.pk).update(timezone="Europe/Madrid")
    page = answer(root, Move.RESCHEDULE, confirmed, start="2025-01-15T15:00", duration="30")
    assert told(page) == ["Wed 15 Jan 2025, 11:00, Alice Adams with Maria Garcia: moved to Wed 15 Jan 2025, 15:00."]
    confirmed.refresh_from_db()
    assert (confirmed.start_time, confirmed.end_time) == (at("14:00"), at("14:30"))
    assert [(meeting.start_time, meeting.duration) for meeting in meetings()] == [(at("14:00"), 30)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"start": "2025-01-15T03:00"}, "Time slot is not available"),
        ({"start": "2025-01-09T10:00"}, "Time slot is not available"),
        ({"start": "2199-01-15T10:00"}, "Time slot is not available"),
        ({"start": "9999-12-31T23:59"}, "The year must lie between 2000 and 2200."),
        ({"start": "2025-01-15T14:00:30"}, "Enter a valid date/time."),
        ({"start": "junk"}, "Enter a valid date/time."),
        ({"start": ""}, "This field is required."),
        ({"duration": "4"}, "Ensure this value is greater than or equal to 5."),
        ({"duration": "481"}, "Ensure this value is less than or equal to 480."),
        ({"duration": "junk"}, "Enter a whole number."),
    ],
)
def test_an_invalid_time_is_asked_for_again(
    fields: dict[str, str], sentence: str, maria: User, confirmed: Booking
) -> None:
    with nothing_changes():
        page = answer(maria, Move.RESCHEDULE, confirmed, **({"start": "2025-01-15T14:00", "duration": "60"} | fields))
    assert sentence in page.content.decode()


def test_a_booking_that_is_over_is_not_rescheduled(maria: User, completed: Booking) -> None:
    with nothing_changes():
        page = answer(maria, Move.RESCHEDULE, completed, start="2025-01-15T14:00", duration="60")
    assert "Only pending or confirmed bookings can be rescheduled; this one is completed" in page.content.decode()


def test_only_one_is_rescheduled_at_a_time(alice: User, maria: User, pending: Booking) -> None:
    later = make_booking(alice, maria, start=at("14:00"))
    with nothing_changes():
        page = act(maria, Move.RESCHEDULE, pending, later)
    assert told(page) == ["Choose one booking of this list. Nothing was changed."]


# --- Complete ---------------------------------------------------------------------------------------------------------


def test_a_session_is_completed(alice: User, maria: User) -> None:
    booking = make_booking(alice, maria, start=at("11:30", day=10), status=Status.CONFIRMED)
    page = act(maria, Move.COMPLETE, booking)
    assert told(page) == ["Fri 10 Jan 2025, 11:30, Alice Adams with Maria Garcia: completed."]
    booking.refresh_from_db()
    assert booking.status == Status.COMPLETED


def test_a_session_that_has_not_begun_is_not_completed(maria: User, confirmed: Booking) -> None:
    with nothing_changes():
        page = act(maria, Move.COMPLETE, confirmed)
    assert told(page)[0].endswith(": The session has not begun")


# --- Who, and what else is sent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("move", [Move.CONFIRM, Move.RESCHEDULE, Move.CANCEL, Move.COMPLETE])
def test_another_teacher_can_make_no_moves(move: Move, carl: User, pending: Booking) -> None:
    fields = {"start": "2025-01-15T14:00", "duration": "60", "reason": "Spite"}
    with nothing_changes():
        for page in (act(carl, move, pending), answer(carl, move, pending, **fields)):
            assert "Alice" not in page.content.decode()
            assert "Nothing was changed." in told(page)[0]


@pytest.mark.parametrize("move", [Move.CONFIRM, Move.COMPLETE])
def test_a_former_student_who_teaches_cannot_make_the_teachers_moves(move: Move, alice: User, pending: Booking) -> None:
    User.objects.filter(pk=alice.pk).update(role="teacher")
    with nothing_changes():
        page = act(alice, move, pending)
    assert told(page)[0].endswith(f": Only teachers can {move.value} bookings")


@pytest.mark.parametrize("who", [None, "alice"])
@pytest.mark.parametrize("move", [Move.CONFIRM, Move.CANCEL])
def test_outsiders_can_make_no_moves(move: Move, who: str | None, pending: Booking, request: Any) -> None:
    client = AdminClient(request.getfixturevalue(who) if who else None)
    fields = {"action": move.value, "_selected_action": str(pending.id), "answered": "1"}
    with nothing_changes():
        page = client.send(LIST, **fields)
    assert page.redirect_chain == [(f"/admin/login/?next=/admin/{LIST}", 302)]


def test_a_move_needs_a_csrf_token(maria: User, pending: Booking) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(maria, backend="accounts.backends.SupabaseBackend")
    with nothing_changes():
        sent = client.post(f"/admin/{LIST}", {"action": "confirm", "_selected_action": str(pending.id)})
    assert sent.status_code == 403


@pytest.mark.parametrize("move", [*Move, "delete_selected", "junk", ""])
@pytest.mark.parametrize("chosen", [[], [""], ["junk"], ["\x00"], [str(uuid.uuid4())], ["junk", str(uuid.uuid4())]])
def test_an_action_without_a_valid_selection_changes_nothing(
    move: str, chosen: list[str], maria: User, pending: Booking
) -> None:
    client = AdminClient(maria)
    with nothing_changes():
        for more in ({"index": "0"}, {"index": "junk"}, {"answered": "1"}):
            sent = client.post(f"/admin/{LIST}", {"action": move, "_selected_action": chosen, **more})
            assert sent.status_code in (200, 302)
        assert client.page(LIST).status_code == 200


def test_the_number_of_moves_in_one_request_is_limited(alice: User, maria: User) -> None:
    for number in range(MOST_AT_ONCE + 1):
        make_booking(alice, maria, start=at("10:00", day=11 + number % 20).replace(month=1 + number // 20))
    with nothing_changes():
        page = AdminClient(maria).send(LIST, action="confirm", _selected_action=["x"], select_across="1", index="0")
        assert "Nothing was changed." in told(page)[0]
        one = str(Booking.objects.earliest("start_time").id)
        page = AdminClient(maria).send(LIST, action="confirm", _selected_action=one, select_across="1", index="0")
    assert told(page) == [f"Choose 1 to {MOST_AT_ONCE} bookings of this list. Nothing was changed."]


# --- Buttons ----------------------------------------------------------------------------------------------------------


def buttons(user: User, booking: Booking) -> list[Move]:
    page = AdminClient(user).page(f"{LIST}{booking.id}/change/")
    moves: list[Move] = page.context["moves"]
    for move in moves:
        assert f'name="action" value="{move.value}"' in page.content.decode()
    return moves


def test_a_bookings_page_has_a_button_for_each_possible_move(
    maria: User, root: User, pending: Booking, completed: Booking, alice: User
) -> None:
    begun = make_booking(alice, maria, start=at("11:30", day=10), status=Status.CONFIRMED)
    for user in (maria, root):
        assert buttons(user, pending) == [Move.CONFIRM, Move.RESCHEDULE, Move.CANCEL]
        assert buttons(user, begun) == [Move.COMPLETE]
        assert buttons(user, completed) == []


def test_a_button_leads_back_to_the_bookings_page(maria: User, pending: Booking) -> None:
    own = f"/admin/{LIST}{pending.id}/change/"
    chosen = {"_selected_action": str(pending.id), "back": "1"}
    client = AdminClient(maria)
    assert client.send(LIST, action="confirm", **chosen).redirect_chain == [(own, 302)]
    page = client.send(LIST, action="cancel", **chosen)
    assert 'name="back"' in page.content.decode()
    assert client.send(LIST, action="cancel", **chosen, answered="1", reason="").redirect_chain == [(own, 302)]
    assert [change.move for change in BookingChange.objects.filter(booking=pending)] == ["request", "confirm", "cancel"]


def test_teachers_with_the_same_hours_cannot_move_each_others_bookings(alice: User) -> None:
    first, second = make_teacher(), make_teacher()
    for teacher in (first, second):
        make_hours(teacher)
    booking = make_booking(alice, first, start=at("10:00"))
    act(second, Move.CONFIRM, booking)
    booking.refresh_from_db()
    assert (booking.status, meetings()) == (Status.PENDING, [])
