"""Time that another calendar of a teacher holds: wherever an absence stands against a session, it does too."""

import datetime as dt
import uuid

import pytest

from accounts.models import User
from bookings import services
from bookings.errors import SlotUnavailable
from bookings.factories import make_booking
from bookings.models import Booking, BusyElsewhere
from bookings.scheduling.slots import Span
from bookings.services.busy_elsewhere import replace_busy
from bookings.tests.conftest import Api, at, nothing_changes
from bookings.tests.slot_parts import ask
from bookings.tests.statements import at_most
from conftest import NOW

SOURCE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
NOON = Span(at("12:00"), at("13:00"))


def busy(teacher: User, *spans: Span, source: uuid.UUID = SOURCE) -> None:
    replace_busy(teacher_id=teacher.id, source=source, spans=spans)


def stored(source: uuid.UUID = SOURCE) -> list[Span]:
    return [Span(row.start_time, row.end_time) for row in BusyElsewhere.objects.filter(source=source)]


# --- The service ---


def test_spans_are_merged(maria: User) -> None:
    busy(maria, Span(at("12:30"), at("13:30")), NOON, Span(at("13:30"), at("14:00")), Span(at("16:00"), at("17:00")))
    assert stored() == [Span(at("12:00"), at("14:00")), Span(at("16:00"), at("17:00"))]


def test_spans_longer_than_a_day_are_split(maria: User, alice: User, api_for: Api) -> None:
    busy(maria, Span(at("12:00", day=13), at("13:00")))
    assert stored() == [
        Span(at("12:00", day=13), at("00:00", day=14)),
        Span(at("00:00", day=14), at("00:00", day=15)),
        Span(at("00:00", day=15), at("13:00", day=15)),
    ]
    assert ask(api_for(alice), maria).json()["available_slots"][0]["start_time"] == "13:00"
    assert ask(api_for(alice), maria, date="2025-01-22").json()["available_slots"][0]["start_time"] == "09:00"


def test_unchanged_rows_are_not_written(maria: User) -> None:
    later = Span(at("15:00"), at("16:00"))
    busy(maria, NOON, Span(at("09:00"), at("10:00")))
    kept = BusyElsewhere.objects.get(start_time=NOON.start).pk
    with at_most(3):
        busy(maria, NOON, later)
    assert stored() == [NOON, later]
    assert BusyElsewhere.objects.get(start_time=NOON.start).pk == kept
    with at_most(1):
        busy(maria, NOON, later)


def test_sources_and_teachers_stay_apart(maria: User, carl: User) -> None:
    busy(maria, NOON)
    busy(maria, NOON, source=OTHER)
    busy(maria)
    assert (stored(), stored(OTHER)) == ([], [NOON])
    busy(carl, source=OTHER)
    assert stored(OTHER) == [NOON]


# --- What respects it ---


def test_no_slot_is_offered(maria: User, alice: User, api_for: Api) -> None:
    busy(maria, NOON)
    busy(maria, NOON, Span(at("15:00"), at("17:00")), source=OTHER)
    found = ask(api_for(alice), maria, explain="true").json()
    starts = [slot["start_time"] for slot in found["available_slots"]]
    assert [starts[0], starts[-1]] == ["09:00", "14:00"]
    assert not {"11:30", "12:00", "12:30"} & set(starts)
    reasons = {slot["start_time"]: slot["reason"] for slot in found["not_offered"]}
    assert reasons["12:00"] == reasons["16:00"] == "time_off"


def test_a_day_of_slots_stays_one_statement(maria: User, alice: User, api_for: Api) -> None:
    busy(maria, NOON)
    client = api_for(alice)
    with at_most(2):  # the caller, and the day
        assert ask(client, maria).status_code == 200


def test_another_teachers_slots_stay(maria: User, carl: User, alice: User, api_for: Api) -> None:
    busy(maria, Span(at("00:00"), at("23:00")))
    assert ask(api_for(alice), maria).json()["available_slots"] == []
    assert ask(api_for(alice), carl).json()["available_slots"] != []


def test_busy_time_cannot_be_requested(maria: User, alice: User, api_for: Api) -> None:
    busy(maria, NOON)
    with nothing_changes():
        answer = api_for(alice).post(
            "/api/bookings/bookings/", {"teacher_id": str(maria.id), "start_time": at("11:30"), "duration": 60}
        )
    assert (answer.status_code, answer.json()["code"]) == (400, "slot_unavailable")


@pytest.mark.parametrize("mover", ["student", "teacher"])
def test_no_session_can_be_moved_into_busy_time(mover: str, pending: Booking) -> None:
    busy(pending.teacher, NOON)
    with nothing_changes(), pytest.raises(SlotUnavailable):
        services.reschedule_booking(
            booking_id=pending.id, by=getattr(pending, mover), start=at("12:00"), duration=None, now=NOW
        )


def test_a_teacher_may_book_busy_time_outside_their_hours(maria: User, alice: User) -> None:
    make_booking(alice, maria, start=at("09:00", day=8))  # their student
    busy(maria, NOON)
    made = services.book_for_student(
        by=maria,
        teacher_id=maria.id,
        student_id=alice.id,
        start=NOON.start,
        duration=60,
        notes="",
        confirmed=True,
        outside_hours=True,
        now=NOW,
    )
    assert made.start_time == NOON.start


def test_a_first_slot_lies_after_it(maria: User, alice: User, api_for: Api) -> None:
    busy(maria, Span(at("08:00"), at("15:15")))
    found = api_for(alice).get("/api/bookings/slots/first/", {"teacher_ids": str(maria.id)}).json()
    assert found["first_slots"][0]["slot"]["start"] == "2025-01-15T15:30:00Z"


def test_a_teacher_is_not_free_then(maria: User, carl: User, alice: User, api_for: Api) -> None:
    busy(maria, NOON)
    free = {
        time: {
            one["first_name"]
            for one in api_for(alice)
            .get("/api/accounts/teachers/", {"free_at": f"2025-01-15T{time}:00Z", "duration": "60"})
            .json()["results"]
        }
        for time in ("11:00", "11:30", "12:30", "13:00")
    }
    assert free == {
        "11:00": {"Maria", "Carl"},
        "11:30": {"Carl"},
        "12:30": {"Carl"},
        "13:00": {"Maria", "Carl"},
    }


def test_existing_bookings_stay(pending: Booking) -> None:
    busy(pending.teacher, Span(at("00:00"), at("23:00")))
    confirmed = services.confirm_booking(booking_id=pending.id, by=pending.teacher, now=NOW)
    assert confirmed.status == "CONFIRMED"
    assert confirmed.start_time + dt.timedelta(hours=1) == confirmed.end_time
