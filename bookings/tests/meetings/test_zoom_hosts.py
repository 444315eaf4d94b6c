"""ZOOM_HOST_CONCURRENCY and the pool of hosts: a shared host gets no two meetings at a time beyond its licence."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from accounts.factories import make_student, make_teacher
from accounts.models import TeacherProfile, User
from bookings import services
from bookings.errors import BookingError, Refused
from bookings.factories import make_booking, make_hours
from bookings.meetings import delivery
from bookings.models import NO_HOST_OVERLAP, Booking, HostDay, MeetingSync
from bookings.scheduling import hosts
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused, refusing, wish
from bookings.tests.fake_zoom import Failure, FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW

pytestmark = pytest.mark.usefixtures("now")

NO_HOST = "No Zoom host is free at the time of this session"


@pytest.fixture
def one_at_a_time(settings: Settings) -> None:
    settings.ZOOM_HOST_CONCURRENCY = 1


@pytest.fixture
def with_carl(bob: User, carl: User) -> Booking:
    """Bob's request of Carl, for the time of Alice's with Maria."""
    return make_booking(bob, carl, start=at("10:00"))


def slots(api: Any, teacher: User, **more: Any) -> dict[str, Any]:
    query = {"teacher_id": teacher.id, "date": "2025-01-15", "duration": 60} | more
    body: dict[str, Any] = api.get("/api/bookings/slots/available/", query).json()
    return body


def starts(body: dict[str, Any]) -> list[str]:
    return [slot["start_time"] for slot in body["available_slots"]]


def test_without_the_setting_there_is_no_limit(meeting: Booking, with_carl: Booking, zoom: FakeZoom) -> None:
    assert confirm(with_carl).status == Status.CONFIRMED
    assert set(Booking.objects.values_list("zoom_host", "host_lane")) == {("me", None)}


@pytest.mark.usefixtures("one_at_a_time")
def test_a_shared_host_gets_no_second_meeting_at_the_same_time(
    meeting: Booking, with_carl: Booking, carl: User, api_for: Api, zoom: FakeZoom
) -> None:
    with nothing_changes():
        answer = api_for(carl).post(f"{BOOKINGS}{with_carl.id}/confirm/")
        assert refused(answer, 400, NO_HOST, "no_host_free")
    assert len(zoom.meetings) == 1


@pytest.mark.usefixtures("one_at_a_time")
def test_a_time_without_a_free_host_is_not_offered_and_cannot_be_booked(
    meeting: Booking, alice: User, bob: User, carl: User, api_for: Api
) -> None:
    body = slots(api_for(bob), carl, explain="true")
    assert "09:00" in starts(body)
    assert "11:00" in starts(body)
    assert not {"09:30", "10:00", "10:30"} & set(starts(body))
    why = {slot["start_time"]: slot["reason"] for slot in body["not_offered"]}
    assert why["10:00"] == "no_host"
    assert starts(slots(api_for(bob), carl)) == starts(body)
    assert api_for(bob).post(BOOKINGS, wish(carl, "2025-01-15T10:30:00Z")).status_code == 400
    assert api_for(bob).post(BOOKINGS, wish(carl, "2025-01-15T11:00:00Z")).status_code == 201


@pytest.mark.usefixtures("one_at_a_time")
def test_a_booking_that_is_moved_does_not_block_itself(meeting: Booking, alice: User, api_for: Api) -> None:
    client, teacher = api_for(alice), meeting.teacher
    assert not {"09:30", "10:00", "10:30"} & set(starts(slots(client, teacher)))
    moving = {"booking_id": str(meeting.id)}
    assert {"09:30", "10:00", "10:30"} <= set(starts(slots(client, teacher, **moving)))
    assert {"09:30", "10:00", "10:30"} <= set(starts(slots(client, teacher, explain="true", **moving)))


def test_two_lanes_hold_two_meetings(meeting: Booking, with_carl: Booking, settings: Settings, zoom: FakeZoom) -> None:
    """The first was made before the setting, and takes a lane without saying which."""
    settings.ZOOM_HOST_CONCURRENCY = 2
    assert confirm(with_carl).host_lane == 0
    third = make_booking(make_student(), make_third_teacher(), start=at("10:30"))
    with pytest.raises(Refused, match="No Zoom host"):
        confirm(third)


def make_third_teacher() -> User:
    teacher = make_teacher(first_name="Third")
    make_hours(teacher)
    return teacher


@pytest.mark.usefixtures("one_at_a_time")
def test_the_pool_gives_a_free_host(meeting: Booking, with_carl: Booking, settings: Settings, zoom: FakeZoom) -> None:
    settings.ZOOM_DEFAULT_HOST = "me, second@example.com"
    booking = confirm(with_carl)
    assert (booking.zoom_host, booking.host_lane) == ("second@example.com", 0)
    assert "POST /users/second%40example.com/meetings" in zoom.calls


def test_without_a_limit_the_pool_spreads_what_hosts_do_in_a_day(
    meeting: Booking, with_carl: Booking, settings: Settings, zoom: FakeZoom
) -> None:
    settings.ZOOM_DEFAULT_HOST = "me, second@example.com"
    assert confirm(with_carl).zoom_host == "second@example.com"
    assert set(HostDay.objects.values_list("host", "creates")) == {("me", 1), ("second@example.com", 1)}


@pytest.mark.usefixtures("one_at_a_time")
def test_a_teacher_with_a_host_of_their_own_needs_no_other(
    meeting: Booking, with_carl: Booking, carl: User, zoom: FakeZoom
) -> None:
    TeacherProfile.objects.filter(user=carl).update(zoom_host="carl@example.com")
    assert confirm(Booking.objects.get(pk=with_carl.pk)).zoom_host == "carl@example.com"


@pytest.mark.usefixtures("one_at_a_time")
def test_a_meeting_moves_only_to_a_time_when_its_host_is_free(
    meeting: Booking, bob: User, carl: User, alice: User, api_for: Api, zoom: FakeZoom
) -> None:
    other = confirm(make_booking(bob, carl, start=at("14:00")))
    address = f"{BOOKINGS}{meeting.id}/reschedule/"
    with nothing_changes():
        answer = api_for(alice).post(address, {"start_time": "2025-01-15T14:30:00Z"})
        assert refused(answer, 400, "Time slot is not available", "slot_unavailable")
    assert api_for(alice).post(address, {"start_time": "2025-01-15T15:00:00Z"}).status_code == 200
    meeting.refresh_from_db()
    assert (meeting.host_lane, other.host_lane) == (0, 0)


@pytest.mark.usefixtures("one_at_a_time")
def test_a_failed_confirmation_frees_the_host(pending: Booking, with_carl: Booking, zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=400))
    with pytest.raises(BookingError):
        confirm(pending)
    assert confirm(with_carl).status == Status.CONFIRMED


@pytest.mark.usefixtures("one_at_a_time")
def test_a_confirmation_with_unknown_outcome_reserves_the_host_until_no_meeting_can_surface(
    pending: Booking, with_carl: Booking, zoom: FakeZoom
) -> None:
    zoom.fail("POST", Failure(status=500))
    with pytest.raises(BookingError):
        confirm(pending)
    with pytest.raises(Refused, match="No Zoom host"):
        confirm(with_carl)
    later = NOW + delivery.GRACE
    delivery.deliver(MeetingSync.objects.open().get().pk, now=later)
    assert confirm(with_carl, later).status == Status.CONFIRMED


@pytest.mark.usefixtures("one_at_a_time")
def test_a_cancelled_booking_frees_the_host(pending: Booking, with_carl: Booking, zoom: FakeZoom) -> None:
    confirm(pending)
    services.cancel_booking(booking_id=pending.id, by=pending.student, reason="", now=NOW)
    assert confirm(with_carl).status == Status.CONFIRMED


def test_the_database_refuses_an_overlap_in_a_lane_itself(pending: Booking, with_carl: Booking) -> None:
    Booking.objects.filter(pk=pending.pk).update(zoom_host="me", host_lane=0)
    with refusing(NO_HOST_OVERLAP):
        Booking.objects.filter(pk=with_carl.pk).update(zoom_host="me", host_lane=0)
    for free in ({"zoom_host": "me", "host_lane": 1}, {"zoom_host": "you", "host_lane": 0}, {"host_lane": None}):
        Booking.objects.filter(pk=with_carl.pk).update(**free)


@pytest.fixture
def both_look_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each confirmation has looked for a place before the other takes one."""
    both, place_for, have_looked = threading.Barrier(2), hosts.place_for, set()

    def look_first(*args: Any, **kwargs: Any) -> Any:
        found, thread = place_for(*args, **kwargs), threading.get_ident()
        if thread not in have_looked:
            have_looked.add(thread)
            both.wait(10)
        return found

    monkeypatch.setattr(hosts, "place_for", look_first)


def confirm_or_code(booking: Booking) -> str:
    try:
        return str(confirm(booking).status)
    except Refused as error:
        return error.code
    finally:
        connections.close_all()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_confirmations_at_the_same_moment_one_gets_the_host(
    pending: Booking, with_carl: Booking, one_at_a_time: None, both_look_first: None, zoom: FakeZoom
) -> None:
    """Only PostgreSQL lets both look before one writes: SQLite has one writer, and the second sees the first."""
    with ThreadPoolExecutor(2) as threads:
        said = sorted(threads.map(confirm_or_code, (pending, with_carl)))
    assert said == ["CONFIRMED", "no_host_free"]
    assert len(zoom.meetings) == 1
