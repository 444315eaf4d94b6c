"""POST /api/bookings/bookings/<id>/complete/"""

import pytest
import time_machine

from accounts.models import User
from bookings import models, services
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, full_disk, nothing_changes, refused
from bookings.tests.fake_zoom import FakeZoom
from conftest import NOW


def complete(booking: Booking) -> str:
    return f"{BOOKINGS}{booking.id}/complete/"


@pytest.fixture
def begun(alice: User, maria: User) -> Booking:
    """A confirmed session that starts this very moment."""
    return make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)


@pytest.mark.parametrize("who", ["maria", "root"])
def test_it_works(who: str, begun: Booking, api_for: Api, request: pytest.FixtureRequest) -> None:
    by = request.getfixturevalue(who)
    answer = api_for(by).post(complete(begun))
    begun.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["message"] == "Booking completed successfully"
    assert answer.json()["booking"]["status"] == begun.status == Status.COMPLETED
    change = begun.changes.get(move=Move.COMPLETE)
    assert (change.by, change.at) == (by, NOW)
    assert (change.from_status, change.to_status) == (Status.CONFIRMED, Status.COMPLETED)


def test_the_meeting_is_left_alone(begun: Booking, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    answer = api_for(maria).post(complete(begun))
    assert answer.json()["booking"]["zoom_info"]["has_meeting"] is True
    assert zoom.calls == []
    assert not MeetingSync.objects.exists()


def test_the_system_may_complete(begun: Booking) -> None:
    services.complete_booking(booking_id=begun.id, by=None, now=NOW)
    assert begun.changes.get(move=Move.COMPLETE).by is None


def test_it_refuses_before_the_start(confirmed: Booking, maria: User, api_for: Api) -> None:
    with time_machine.travel(at("09:59:59"), tick=False), nothing_changes():
        answer = api_for(maria).post(complete(confirmed))
    assert refused(answer, 400, "The session has not begun", "not_begun")


def test_it_is_all_or_nothing(begun: Booking, maria: User, api_for: Api) -> None:
    with full_disk(models, "write_together"):
        assert api_for(maria).post(complete(begun)).status_code == 500
