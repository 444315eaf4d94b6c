"""GET /api/accounts/me/export/"""

import json
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from bookings import services
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking, TimeOff
from bookings.scheduling.slots import Span
from bookings.services.busy_elsewhere import replace_busy
from bookings.states import Status
from bookings.tests.conftest import Api, at, refused
from bookings.tests.outbox_parts import confirm
from calendars import keys, others
from conftest import NOW
from notifications.delivery import MailCourier
from notifications.models import MailPreferences

EXPORT = "/api/accounts/me/export/"
LISTS = (
    "working_hours",
    "time_off",
    "bookings",
    "changes",
    "feedback",
    "messages",
    "other_calendars",
    "busy_elsewhere",
)


def exported(api_for: Api, user: User) -> dict[str, Any]:
    answer = api_for(user).get(EXPORT)
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.getvalue())
    return found


@pytest.fixture
def lesson(alice: User, maria: User) -> Booking:
    """Alice's session, confirmed; everything was mailed."""
    booking = services.request_booking(
        student=alice, teacher_id=maria.id, start=at("10:00"), duration=60, notes="Irregular verbs", now=NOW
    )
    confirm(booking)
    MailCourier().deliver_due(now=NOW)
    return booking


def test_it_is_a_file_that_no_cache_stores(alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(EXPORT)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data-2025-01-10.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert list(json.loads(answer.getvalue())) == ["exported_at", "account", "preferences", "calendar_address", *LISTS]


def test_a_student_gets_all_that_is_kept_of_them(lesson: Booking, alice: User, maria: User, api_for: Api) -> None:
    rated = make_booking(alice, maria, start=at("10:00", day=8), status=Status.COMPLETED)
    make_feedback(rated, rating=4, comment="Thank you")
    MailPreferences.objects.create(user=alice, hour_before=False)
    found = exported(api_for, alice)
    assert (found["exported_at"], found["account"]["email"]) == ("2025-01-10T12:00:00Z", alice.email)
    assert found["account"]["profile"] is None
    assert found["preferences"]["hour_before"] is False
    assert [booking["notes"] for booking in found["bookings"]] == ["", "Irregular verbs"]
    assert found["bookings"][1]["zoom_info"]["password"]
    moves = [(change["booking_id"], change["move"], change["by"]) for change in found["changes"]]
    assert (str(lesson.id), "confirm", "teacher") in moves
    assert len(moves) == 5
    assert [feedback["comment"] for feedback in found["feedback"]] == ["Thank you"]
    assert {message["kind"] for message in found["messages"]} == {"confirmed"}
    assert found["working_hours"] == found["time_off"] == []


def test_a_teacher_gets_profile_hours_and_absences_too(lesson: Booking, maria: User, api_for: Api) -> None:
    TimeOff.objects.create(teacher=maria, start_time=at("00:00"), end_time=at("01:00"), reason="Dentist")
    found = exported(api_for, maria)
    assert found["account"]["profile"]["slot_interval_minutes"] == 30
    assert [hours["start_time"] for hours in found["working_hours"]] == ["09:00:00"]
    assert [absence["reason"] for absence in found["time_off"]] == ["Dentist"]
    assert [booking["id"] for booking in found["bookings"]] == [str(lesson.id)]


def test_a_teacher_gets_calendars_too(maria: User, carl: User, api_for: Api) -> None:
    keys.renew(user=maria, now=NOW)
    address = "https://calendar.example.com/secret.ics"
    calendar = others.add(teacher=maria, address=address, name="Private", now=NOW)
    replace_busy(teacher_id=maria.id, source=calendar.pk, spans=[Span(at("12:00"), at("13:00"))])
    found = exported(api_for, maria)
    assert found["calendar_address"] == {"exists": True, "created_at": "2025-01-10T12:00:00Z"}
    [named] = found["other_calendars"]
    assert (named["name"], named["address"]) == ("Private", address)
    assert found["busy_elsewhere"] == [{"start_time": "2025-01-15T12:00:00Z", "end_time": "2025-01-15T13:00:00Z"}]
    of_another = exported(api_for, carl)
    assert of_another["calendar_address"]["exists"] is False
    assert of_another["other_calendars"] == of_another["busy_elsewhere"] == []


def test_it_contains_no_data_of_others(lesson: Booking, bob: User, carl: User, root: User, api_for: Api) -> None:
    for stranger in (bob, root):
        found = exported(api_for, stranger)
        assert {name: found[name] for name in LISTS} == {name: [] for name in LISTS}
    assert exported(api_for, carl)["bookings"] == []


def test_it_needs_a_token(api_for: Api, db: None) -> None:
    answer = api_for(None).get(EXPORT)
    assert refused(answer, 401, "Authentication credentials were not provided.", "not_authenticated")


def test_more_sessions_cost_no_more_statements(
    lesson: Booking, alice: User, maria: User, api_for: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, 8):
        make_feedback(make_booking(alice, maria, start=at("10:00", day=day), status=Status.COMPLETED))
    client = api_for(maria)
    # The caller, the profile, the preferences, the calendar address and a list each.
    with django_assert_num_queries(4 + len(LISTS)):
        found = json.loads(client.get(EXPORT).getvalue())
    assert len(found["bookings"]) == 8
