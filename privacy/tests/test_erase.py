"""POST /api/accounts/me/erase/"""

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core import mail
from django.db.models import CharField, EmailField, TextField

from accounts.authentication.claims import Claims
from accounts.authentication.provisioning import account_for
from accounts.models import FailedSignIn, TeacherProfile, User
from accounts.supabase.sync import sync
from bookings.factories import make_booking, make_feedback
from bookings.models import (
    Availability,
    Booking,
    BookingChange,
    BusyElsewhere,
    Feedback,
    IdempotencyKey,
    Rating,
    TimeOff,
)
from bookings.scheduling.slots import Span
from bookings.services.busy_elsewhere import replace_busy
from bookings.states import Actor, Status
from bookings.stored_reasons import ACCOUNT_CLOSED
from bookings.tests.conftest import Api, at, refused
from bookings.tests.outbox_parts import confirm
from calendars import keys, others
from calendars.models import Feed, OtherCalendar
from conftest import NOW
from notifications.delivery import MailCourier
from notifications.models import MailPreferences, Message
from privacy import erasing
from privacy.models import Erasure
from testing.supabase_server import SupabaseServer
from zoom_sandbox.models import SandboxMeeting

ME, ERASE = "/api/accounts/me/", "/api/accounts/me/erase/"
SECRET = "Zanzibar"  # in everything that people write in these tests, and in nothing else


@pytest.fixture
def alice(alice: User) -> User:
    alice.email, alice.last_name = f"alice.{SECRET}@example.com".lower(), SECRET
    alice.save()
    return alice


@pytest.fixture
def maria(maria: User) -> User:
    maria.email, maria.last_name, maria.timezone = f"maria.{SECRET}@example.com".lower(), SECRET, "Europe/Madrid"
    maria.save()
    TeacherProfile.objects.filter(user=maria).update(headline=SECRET, bio=SECRET, zoom_host=f"{SECRET}@example.com")
    return User.objects.get(pk=maria.pk)


@pytest.fixture
def years(alice: User, maria: User) -> Booking:
    """Sessions of every kind between Alice and Maria, with words everywhere. Return the confirmed one to come."""
    rated = make_booking(alice, maria, start=at("10:00", day=6), status=Status.COMPLETED, notes=SECRET)
    make_feedback(rated, rating=4, comment=SECRET)
    for day, by in ((7, alice), (8, maria)):
        booking = make_booking(alice, maria, start=at("10:00", day=day), notes=SECRET)
        booking.cancel(by=by, now=booking.created_at, reason=SECRET)
    make_booking(alice, maria, start=at("14:00", day=16), notes=SECRET)
    coming = confirm(make_booking(alice, maria, start=at("10:00"), notes=SECRET))
    TimeOff.objects.create(teacher=maria, start_time=at("00:00", day=20), end_time=at("01:00", day=20), reason=SECRET)
    calendar = others.add(teacher=maria, address=f"https://{SECRET}.example.com/", name=SECRET, now=NOW)
    replace_busy(teacher_id=maria.id, source=calendar.pk, spans=[Span(at("12:00", day=17), at("13:00", day=17))])
    for person in (alice, maria):
        keys.renew(user=person, now=NOW)
        MailPreferences.objects.create(user=person, dead_address=f"old.{SECRET}@example.com")
        IdempotencyKey.objects.create(user=person, key=f"of {person.id}", answer=SECRET, created_at=NOW)
        LogEntry.objects.create(user=person, object_id=str(person.id), object_repr=str(person), action_flag=CHANGE)
        FailedSignIn.objects.create(username=person.email, ip_address="203.0.113.7", failures_since_start=1)
    MailCourier().deliver_due(now=NOW)
    mail.outbox.clear()
    return coming


def erase(api_for: Api, user: User) -> Any:
    return api_for(user).post(ERASE, {"confirm": user.email})


def words_of(*people: User) -> list[str]:
    """The places in all tables where a word of these tests is left in a row of these people."""
    ids = [str(person.id) for person in people]
    found = []
    for model in apps.get_models():
        fields = [f.name for f in model._meta.concrete_fields if isinstance(f, CharField | TextField | EmailField)]
        for row in model._default_manager.values():
            names = [name for name in fields if SECRET.lower() in str(row.get(name)).lower()]
            if names and any(str(value) in ids for value in row.values()):
                found.append(f"{model.__name__}: {names}")
    return found


def test_the_secret_is_in_every_table_beforehand(years: Booking, alice: User, maria: User) -> None:
    """Else the tests below could not fail."""
    places = " ".join(words_of(alice, maria))
    for name in (
        "User",
        "TeacherProfile",
        "Booking",
        "BookingChange",
        "TimeOff",
        "OtherCalendar",
        "MailPreferences",
        "IdempotencyKey",
        "LogEntry",
    ):
        assert f"{name}:" in places


def test_nothing_personal_of_a_student_is_left(years: Booking, alice: User, maria: User, api_for: Api) -> None:
    answer = erase(api_for, alice)
    assert (answer.status_code, answer.json()) == (200, {"message": "Your account is erased", "cancelled_bookings": 2})
    assert set(words_of(alice)) == {"Booking: ['zoom_host']"}  # the teacher's
    assert not Feedback.objects.exclude(comment="").exists()
    assert not MailPreferences.objects.filter(user=alice).exists()
    assert not Message.objects.filter(recipient=alice).exists()
    assert not FailedSignIn.objects.filter(username=alice.email).exists()
    assert Erasure.objects.get().by == alice


def test_the_other_partys_data_stays(years: Booking, alice: User, maria: User, api_for: Api) -> None:
    erase(api_for, alice)
    maria.refresh_from_db()
    assert (maria.last_name, maria.is_active, maria.profile.bio) == (SECRET, True, SECRET)
    assert Availability.objects.filter(teacher=maria).exists()
    assert TimeOff.objects.get().reason == SECRET
    assert MailPreferences.objects.get().user == maria
    assert FailedSignIn.objects.get().username == maria.email


def test_nothing_personal_of_a_teacher_is_left(years: Booking, maria: User, api_for: Api) -> None:
    assert erase(api_for, maria).status_code == 200
    assert not TeacherProfile.objects.exists()
    assert not Availability.objects.exists()
    assert not TimeOff.objects.exists()
    assert not OtherCalendar.objects.exists()
    assert not BusyElsewhere.objects.exists()
    assert not Feed.objects.filter(user=maria).exists()
    assert Feed.objects.count() == 1
    assert not Booking.objects.exclude(zoom_host__in=("", "me")).exists()
    assert not BookingChange.objects.filter(by=maria, reason=SECRET).exists()
    # What their students wrote of themselves stays theirs.
    assert set(words_of(maria)) == {"Booking: ['notes']", "Booking: ['notes', 'cancellation_reason']"}
    assert Booking.objects.filter(notes=SECRET).count() == 5


def test_bookings_and_ratings_stay_as_numbers(years: Booking, alice: User, maria: User, api_for: Api) -> None:
    erase(api_for, alice)
    assert Booking.objects.count() == 5
    assert Feedback.objects.get().rating == 4
    rating = Rating.objects.get(teacher=maria)
    assert (rating.count, rating.total) == (1, 4)
    shown = api_for(maria).get(f"/api/bookings/bookings/{years.id}/").json()
    assert (shown["student"], shown["student_name"], shown["notes"]) == (str(alice.id), "", "")


def test_stored_responses_of_the_other_party_lose_the_name(alice: User, maria: User, api_for: Api) -> None:
    booking = make_booking(alice, maria, start=at("10:00"), notes=SECRET, minutes=60)
    path, reason = f"/api/bookings/bookings/{booking.pk}/cancel/", {"reason": SECRET}
    first = api_for(maria).post(path, reason, HTTP_IDEMPOTENCY_KEY="one").json()
    assert SECRET in first["booking"]["student_name"]
    assert api_for(alice).post(ERASE, {"confirm": alice.email}).status_code == 200
    again = api_for(maria).post(path, reason, HTTP_IDEMPOTENCY_KEY="one")
    assert again.headers["Idempotent-Replayed"] == "true"
    told = {"student_name": "", "notes": "", "cancellation_reason": ""}
    assert again.json() == first | {"booking": first["booking"] | told}
    assert SECRET in again.json()["booking"]["teacher_name"]
    assert api_for(maria).post(ERASE, {"confirm": maria.email}).status_code == 200
    assert not IdempotencyKey.objects.filter(answer__contains=SECRET).exists()


def test_the_language_goes_too(alice: User, api_for: Api) -> None:
    alice.language = "es"
    alice.save()
    erase(api_for, alice)
    assert User.objects.get(pk=alice.pk).language == ""


def test_live_bookings_are_cancelled_the_meeting_goes_and_the_other_party_hears(
    years: Booking, alice: User, maria: User, api_for: Api
) -> None:
    assert SandboxMeeting.objects.get().deleted_at is None
    erase(api_for, alice)
    years.refresh_from_db()
    assert (years.status, years.cancelled_by, years.cancellation_reason) == (
        Status.CANCELLED,
        Actor.STUDENT,
        ACCOUNT_CLOSED,
    )
    assert not Booking.objects.live().exists()
    assert SandboxMeeting.objects.get().deleted_at == NOW
    MailCourier().deliver_due(now=NOW)
    assert {message.to[0] for message in mail.outbox} == {maria.email}
    assert [f"Reason: {ACCOUNT_CLOSED}" in message.body for message in mail.outbox] == [True, True]
    assert SECRET not in "".join(str(message.body) for message in mail.outbox).replace(f"Maria {SECRET}", "")


def test_the_notice_does_not_prevent_an_erasure(alice: User, maria: User, api_for: Api) -> None:
    TeacherProfile.objects.update(cancel_notice_minutes=366 * 24 * 60)
    booking = make_booking(alice, maria, start=at("10:00"))
    assert erase(api_for, alice).status_code == 200
    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by) == (Status.CANCELLED, Actor.STUDENT)


def test_a_session_that_has_begun_is_completed_and_not_cancelled(alice: User, maria: User, api_for: Api) -> None:
    running = make_booking(alice, maria, start=NOW - dt.timedelta(minutes=10), status=Status.CONFIRMED)
    unanswered = make_booking(alice, maria, start=NOW - dt.timedelta(hours=2))
    assert erase(api_for, alice).json()["cancelled_bookings"] == 1
    assert Booking.objects.get(pk=running.pk).status == Status.COMPLETED
    assert Booking.objects.get(pk=unanswered.pk).cancelled_by == Actor.SYSTEM


def test_no_token_brings_the_account_back(alice: User, api_for: Api) -> None:
    client = api_for(alice)
    assert client.post(ERASE, {"confirm": alice.email}).status_code == 200
    for answer in (client.get(ME), client.post(ERASE, {"confirm": alice.email})):
        assert refused(answer, 401, "This account is not active.", "account_inactive")
    later = Claims(alice.id, "new@example.com", "teacher", "New", "Name", issued_at=NOW + dt.timedelta(days=1))
    account = account_for(later)
    assert (account.is_active, account.email, account.name, account.role) == (False, "", "", "student")
    assert User.objects.count() == 1


def test_the_sync_with_supabase_brings_nothing_back(alice: User, supabase: SupabaseServer, now: dt.datetime) -> None:
    erasing.erase(person=alice, by=alice, confirm=alice.email, now=now)
    supabase.add(alice.id, email="back@example.com", user_metadata={"first_name": "Back"})
    sync(now=now + dt.timedelta(days=1))
    account = User.objects.get()
    assert (account.is_active, account.email, account.name) == (False, "", "")


@pytest.mark.parametrize("confirm", ["bob@example.com", "yes", "x" * 254])
def test_it_must_be_confirmed_with_the_callers_own_address(
    confirm: str, years: Booking, alice: User, api_for: Api
) -> None:
    answer = api_for(alice).post(ERASE, {"confirm": confirm})
    assert refused(answer, 400, "confirm: Write the account's e-mail address to erase it for good.", "invalid")
    assert list(answer.json()["details"]) == ["confirm"]
    assert User.objects.get(pk=alice.pk).last_name == SECRET
    assert Booking.objects.live().count() == 2
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("body", [{}, {"confirm": ""}, {"confirm": True}, {"confirm": "x" * 255}, {"other": "x"}])
def test_a_bad_body_changes_nothing(body: dict[str, Any], alice: User, api_for: Api) -> None:
    assert api_for(alice).post(ERASE, body).json()["code"] == "invalid"
    assert User.objects.get().is_active


def test_case_and_blanks_do_not_matter(alice: User, api_for: Api) -> None:
    assert api_for(alice).post(ERASE, {"confirm": f" {alice.email.upper()} "}).status_code == 200


def test_an_account_without_an_address_is_confirmed_by_its_id(alice: User, api_for: Api) -> None:
    User.objects.update(email="")
    client = api_for(User.objects.get())
    assert "Write the account's id" in client.post(ERASE, {"confirm": "alice@example.com"}).json()["error"]
    assert client.post(ERASE, {"confirm": str(alice.id)}).status_code == 200


def test_it_needs_a_token(api_for: Api, alice: User) -> None:
    answer = api_for(None).post(ERASE, {"confirm": alice.email})
    assert refused(answer, 401, "Authentication credentials were not provided.", "not_authenticated")
    assert User.objects.get().is_active


def test_the_only_superuser_stays(root: User, api_for: Api) -> None:
    User.objects.create_superuser("former@example.com", is_active=False)
    assert refused(erase(api_for, root), 400, "You are the only superuser; make another one first", "sole_superuser")
    assert User.objects.get(pk=root.pk).is_superuser
    User.objects.create_superuser("second@example.com")
    assert erase(api_for, root).status_code == 200
    root.refresh_from_db()
    assert (root.is_superuser, root.is_active, root.has_usable_password()) == (False, False, False)


def test_a_failure_rolls_everything_back(
    years: Booking, alice: User, api_for: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privacy.erasing.dispatch.after_commit", lambda *_, **__: 1 / 0)
    assert erase(api_for, alice).status_code == 500
    assert User.objects.get(pk=alice.pk).last_name == SECRET
    assert Booking.objects.live().count() == 2
