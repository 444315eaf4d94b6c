"""privacy.delivery: what is left of an erasure is done after the commit, and again until all of it is."""

import datetime as dt

import pytest
from django.utils import translation
from pytest_django import Settings

from accounts.models import TeacherProfile, User
from bookings.errors import Busy
from bookings.factories import make_booking
from bookings.meetings.delivery import MeetingCourier
from bookings.models import Booking, HostDay, MeetingSync
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from outbox import backoff
from outbox.states import State
from privacy.delivery import GRACE, ZOOM_IS_BEHIND, ErasureCourier
from privacy.erasing import erase
from privacy.models import Erasure
from testing.supabase_server import SupabaseServer
from testing.zoom_server import Fault, Reply

pytestmark = pytest.mark.usefixtures("now")
LATER = NOW + backoff.LONGEST


def erased(person: User) -> Erasure:
    """The person's account, erased; nothing was delivered yet."""
    erase(person=person, by=person, confirm=person.email, now=NOW)
    return Erasure.objects.get()


def deliver(now: dt.datetime = NOW) -> Erasure:
    ErasureCourier().deliver_due(now=now)
    return Erasure.objects.get()


def test_the_user_at_supabase_is_deleted(alice: User, bob: User, supabase: SupabaseServer) -> None:
    for person in (alice, bob):
        supabase.add(person.id)
    assert erased(alice).state(NOW) == State.DUE
    assert supabase.calls == []  # not inside the transaction
    erasure = deliver()
    assert list(supabase.users) == [str(bob.id)]
    assert (erasure.state(NOW), erasure.deleted_at_supabase, erasure.due_at) == (State.WAITING, NOW, NOW + GRACE)
    erasure = deliver(NOW + GRACE)
    assert (erasure.state(NOW), erasure.last_error, supabase.count("delete")) == (State.DONE, "", 1)


def test_a_user_already_deleted_at_supabase_is_done(alice: User, supabase: SupabaseServer) -> None:
    erased(alice)
    assert deliver(NOW + GRACE).state(NOW) == State.DONE


@pytest.mark.parametrize("reply", [None, Reply(500, {"code": "unexpected_failure"}), Reply(403, {"code": "not_admin"})])
def test_it_is_retried_until_supabase_succeeds(alice: User, supabase: SupabaseServer, reply: Reply | None) -> None:
    supabase.add(alice.id)
    erased(alice)
    supabase.fail(Fault(reply), "delete")
    for number in range(1, 6):
        erasure = deliver(NOW + number * backoff.LONGEST)
        assert (erasure.done_at, erasure.stopped_at, erasure.attempts) == (None, None, number)
        assert erasure.last_error
    supabase.recover()
    assert deliver(NOW + 9 * backoff.LONGEST).state(LATER) == State.DONE
    assert supabase.users == {}


def test_without_a_key_nobody_is_asked_and_the_row_says_so(
    alice: User, supabase: SupabaseServer, settings: Settings
) -> None:
    settings.SUPABASE_SERVICE_ROLE_KEY = ""
    erased(alice)
    erasure = deliver(NOW + GRACE)
    assert erasure.state(NOW) == State.DONE
    assert erasure.last_error.startswith("Not deleted at Supabase: SUPABASE_URL and")
    assert supabase.calls == []


def test_the_zoom_host_is_cleared_after_the_last_bookings_are_delivered(
    alice: User, maria: User, zoom: FakeZoom, supabase: SupabaseServer
) -> None:
    TeacherProfile.objects.update(zoom_host="maria@example.com")
    maria = User.objects.get(pk=maria.pk)
    confirm(make_booking(alice, maria, start=at("10:00")))
    supabase.add(maria.id)
    erased(maria)
    assert deliver().last_error == ZOOM_IS_BEHIND
    assert supabase.users == {}
    assert Booking.objects.get().zoom_host == HostDay.objects.get().host == "maria@example.com"
    MeetingCourier().deliver_due(now=NOW)
    assert not MeetingSync.objects.open().exists()
    assert deliver(LATER).state(LATER) == State.DONE
    assert Booking.objects.get().zoom_host == ""
    assert not HostDay.objects.exists()
    assert not TeacherProfile.objects.exists()
    assert supabase.count("delete") == 1


def test_rows_written_by_a_request_in_progress_are_erased_too(alice: User, maria: User) -> None:
    erased(alice)
    deliver()
    User.objects.filter(pk=alice.pk).update(first_name="Alice")
    late = make_booking(alice, maria, start=at("10:00"), notes="Late")
    assert deliver(NOW + GRACE).state(NOW) == State.DONE
    late.refresh_from_db()
    assert (late.status, late.notes, User.objects.get(pk=alice.pk).first_name) == (Status.CANCELLED, "", "")


def test_why_it_failed_is_stored_in_english(
    alice: User, supabase: SupabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**what: object) -> int:
        raise Busy

    erased(alice)
    monkeypatch.setattr("privacy.delivery.end_bookings", busy)
    with translation.override("es"):
        erasure = deliver()
    assert erasure.last_error == "Too many requests for this time at once. Please try again."
