"""The table of moves, and what a booking makes of it: every move, in every status, by everybody."""

import datetime as dt
import uuid

import pytest

from accounts.models import TeacherProfile, User
from bookings import moves
from bookings.errors import Forbidden, Refused
from bookings.models import Booking
from bookings.states import ANSWERS, FROM, LIVE, MOVERS, TO, Expected, Move, Party, Status
from bookings.tests.conftest import at
from wall_clock import zones

MOVES = [move for move in Move if move != Move.REQUEST]
BEFORE, AFTER = at("09:59:59"), at("10:00")

# (move, party) -> the statuses in which it is theirs to make; everything else is refused.
ALLOWED = {
    (Move.CONFIRM, "teacher"): {Status.PENDING},
    (Move.CONFIRM, "staff"): {Status.PENDING},
    (Move.CONFIRM, "system"): {Status.PENDING},
    (Move.RESCHEDULE, "student"): {Status.PENDING, Status.CONFIRMED},
    (Move.RESCHEDULE, "teacher"): {Status.PENDING, Status.CONFIRMED},
    (Move.RESCHEDULE, "staff"): {Status.PENDING, Status.CONFIRMED},
    (Move.RESCHEDULE, "system"): {Status.PENDING, Status.CONFIRMED},
    (Move.CANCEL, "student"): {Status.PENDING, Status.CONFIRMED},
    (Move.CANCEL, "teacher"): {Status.PENDING, Status.CONFIRMED},
    (Move.CANCEL, "staff"): {Status.PENDING, Status.CONFIRMED},
    (Move.CANCEL, "system"): {Status.PENDING, Status.CONFIRMED},
    (Move.COMPLETE, "teacher"): {Status.CONFIRMED},
    (Move.COMPLETE, "staff"): {Status.CONFIRMED},
    (Move.COMPLETE, "system"): {Status.CONFIRMED},
    (Move.DECLINE, "teacher"): {Status.PENDING},
    (Move.DECLINE, "staff"): {Status.PENDING},
    (Move.DECLINE, "system"): {Status.PENDING},
    (Move.CORRECT, "teacher"): {Status.COMPLETED},
    (Move.CORRECT, "staff"): {Status.COMPLETED},
    (Move.CORRECT, "system"): {Status.COMPLETED},
}
AFTER_THE_START = (Move.COMPLETE, Move.CORRECT)
# Who may make the move at all, in any status.
PEOPLE = ("student", "teacher", "staff", "system", "stranger")


def wall(text: str) -> dt.datetime:
    """A time as the teacher's clock shows it, without an offset."""
    return dt.datetime.fromisoformat(text)


def unsaved(status: Status) -> tuple[Booking, dict[str, User | None]]:
    """A booking that is in no database, for Wednesday at ten, and everybody who could try to move it."""
    student, teacher = User(id=uuid.uuid4()), User(id=uuid.uuid4(), role="teacher")
    teacher.profile = TeacherProfile(user=teacher)
    booking = Booking(student=student, teacher=teacher, start_time=at("10:00"), end_time=at("11:00"), status=status)
    staff = User(id=uuid.uuid4(), is_superuser=True)
    stranger = User(id=uuid.uuid4(), role="teacher")
    return booking, {
        "student": student,
        "teacher": teacher,
        "staff": staff,
        "system": None,
        "stranger": stranger,
    }


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("move", MOVES)
def test_every_move_in_every_status_by_everybody(move: Move, status: Status, who: str) -> None:
    booking, people = unsaved(status)
    moment = AFTER if move in AFTER_THE_START else BEFORE
    refusal = booking.refusal(move, by=people[who], now=moment)
    if (move, who) not in ALLOWED:
        assert isinstance(refusal, Forbidden)
        assert refusal.code == "permission_denied"
    elif status in ALLOWED[move, who]:
        assert refusal is None
    else:
        assert isinstance(refusal, Refused)
        assert refusal.code == "wrong_status"
        assert status.lower() in refusal.sentence
    assert booking.status == status


@pytest.mark.parametrize("move", [Move.CONFIRM, Move.RESCHEDULE, Move.CANCEL, Move.DECLINE])
@pytest.mark.parametrize("who", ["student", "teacher", "staff", "system"])
def test_moves_that_end_at_the_start_are_refused_afterwards(move: Move, who: str) -> None:
    booking, people = unsaved(Status.PENDING)
    refusal = booking.refusal(move, by=people[who], now=AFTER)
    if (move, who) not in ALLOWED:
        assert isinstance(refusal, Forbidden)
    elif (move, who) == (Move.CANCEL, "system"):
        assert refusal is None
    else:
        assert refusal is not None
        assert refusal.code == "too_late"


@pytest.mark.parametrize("who", ["teacher", "staff", "system"])
def test_completing_begins_at_the_start(who: str) -> None:
    booking, people = unsaved(Status.CONFIRMED)
    refusal = booking.refusal(Move.COMPLETE, by=people[who], now=BEFORE)
    assert refusal is not None
    assert refusal.code == "not_begun"
    assert booking.refusal(Move.COMPLETE, by=people[who], now=AFTER + dt.timedelta(days=400)) is None


@pytest.mark.parametrize(
    ("move", "rule"), [(Move.CANCEL, "cancel_notice_minutes"), (Move.RESCHEDULE, "reschedule_notice_minutes")]
)
@pytest.mark.parametrize(("who", "is_bound"), [("student", True), ("teacher", False), ("staff", False)])
def test_notice_binds_the_student(move: Move, rule: str, who: str, is_bound: bool) -> None:
    booking, people = unsaved(Status.CONFIRMED)
    setattr(booking.teacher.profile, rule, 60)
    by = people[who]
    assert booking.refusal(move, by=by, now=at("09:00")) is None
    refusal = booking.refusal(move, by=by, now=at("09:00:01"))
    assert (refusal.code if refusal else None) == ("notice_too_short" if is_bound else None)


def test_a_forbidden_caller_does_not_learn_the_status() -> None:
    for status in Status:
        booking, people = unsaved(status)
        refusal = booking.refusal(Move.CONFIRM, by=people["student"], now=AFTER)
        assert refusal is not None
        assert refusal.sentence == "Only teachers can confirm bookings"


def test_the_tables_have_the_same_moves() -> None:
    assert set(FROM) == set(MOVERS) == set(MOVES)
    assert set(TO) == set(MOVES) - {Move.RESCHEDULE, Move.CORRECT}


def test_no_move_leads_back_to_an_earlier_status() -> None:
    """Every move that changes the status leads away from it, and nothing leads out of the two ends."""
    for move, status in TO.items():
        assert status not in FROM[move]
    ends = set(Status) - {status for move in TO for status in FROM[move]}
    assert ends == {Status.CANCELLED, Status.COMPLETED}
    assert not ends & set(LIVE)


@pytest.mark.parametrize("move", ANSWERS)
@pytest.mark.parametrize(("who", "is_theirs"), [("student", True), ("teacher", False), ("staff", True)])
def test_a_booking_made_by_the_teacher_is_answered_by_the_student(move: Move, who: str, is_theirs: bool) -> None:
    booking, people = unsaved(Status.PENDING)
    booking.awaits = Party.STUDENT
    refusal = booking.refusal(move, by=people[who], now=BEFORE)
    if is_theirs:
        assert refusal is None
    else:
        assert isinstance(refusal, Forbidden)
        assert refusal.sentence == "This booking waits for its student's answer"


@pytest.mark.parametrize(
    ("expected", "wrong"),
    [
        (Expected(), set()),
        (Expected(version=3), set()),
        (Expected(version=2), {"expected_version"}),
        (Expected(start_time=at("10:00")), set()),
        (Expected(start_time=at("10:00").astimezone(zones.load("Asia/Tokyo"))), set()),
        (Expected(start_time=at("09:00")), {"expected_start_time"}),
        (Expected(start_time=wall("2025-01-15T11:00")), set()),
        (Expected(start_time=wall("2025-01-15T10:00")), {"expected_start_time"}),
        (Expected(start_time=wall("2025-03-30T02:30")), {"expected_start_time"}),
        (Expected(4, at("09:00")), {"expected_version", "expected_start_time"}),
    ],
)
def test_a_decision_on_what_the_booking_was_is_refused(expected: Expected, wrong: set[str]) -> None:
    booking, people = unsaved(Status.PENDING)
    booking.version, booking.teacher.timezone = 3, "Europe/Madrid"
    for move in (Move.CONFIRM, Move.DECLINE, Move.CANCEL, Move.RESCHEDULE):
        refusal = booking.refusal(move, by=people["teacher"], now=BEFORE, expected=expected)
        assert set(refusal.details or {} if refusal else {}) == wrong
        if refusal:
            told = "It is pending now, from 2025-01-15T10:00:00Z to 2025-01-15T11:00:00Z, in version 3."
            assert (refusal.code, refusal.details) == ("changed", {field: [told] for field in wrong})


def test_a_forbidden_caller_does_not_learn_of_a_change() -> None:
    booking, people = unsaved(Status.PENDING)
    refusal = booking.refusal(Move.CONFIRM, by=people["student"], now=BEFORE, expected=Expected(version=7))
    assert isinstance(refusal, Forbidden)


@pytest.mark.parametrize("who", ["student", "teacher", "staff", "system"])
def test_the_actor_of_a_move(who: str) -> None:
    booking, people = unsaved(Status.PENDING)
    assert moves.actor(booking, people[who]) == who


def test_until_when_a_booking_can_be_cancelled_and_moved() -> None:
    booking, people = unsaved(Status.CONFIRMED)
    booking.teacher.profile.cancel_notice_minutes = 60
    student, teacher = people["student"], people["teacher"]
    assert student is not None
    assert teacher is not None
    assert booking.allowed_until(Move.CANCEL, by=student, now=at("08:00")) == at("09:00")
    assert booking.allowed_until(Move.CANCEL, by=student, now=at("09:30")) is None
    assert booking.allowed_until(Move.CANCEL, by=teacher, now=at("09:30")) == at("10:00")
    assert booking.allowed_until(Move.RESCHEDULE, by=student, now=at("09:30")) == at("10:00")
    assert booking.allowed_until(Move.CONFIRM, by=teacher, now=at("09:30")) is None


def test_every_mover_is_a_party() -> None:
    assert {party for parties in MOVERS.values() for party in parties} == set(Party)


@pytest.mark.parametrize(
    ("status", "number", "expected"),
    [
        (Status.PENDING, None, False),
        (Status.PENDING, "1", False),
        (Status.CONFIRMED, "1", True),
        (Status.COMPLETED, "1", True),
        (Status.COMPLETED, None, False),
        (Status.CANCELLED, "1", False),
    ],
)
def test_which_meetings_are_shown(status: Status, number: str | None, expected: bool) -> None:
    booking, _ = unsaved(status)
    booking.zoom_meeting_id = number
    assert booking.has_meeting is expected
    assert booking.duration_minutes == 60
