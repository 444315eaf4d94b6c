"""Whatever happens to sessions, and in whatever order mail arrives: each person's calendar ends as their bookings are.

A calendar client of our own takes every invitation as RFC 5546 says: by UID, METHOD and SEQUENCE.
"""

import contextlib
import datetime as dt
import random
import uuid
from typing import NamedTuple

import pytest
import vobject
from django.core import mail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings import services
from bookings.errors import BookingError
from bookings.factories import make_booking, make_hours
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from notifications.delivery import MailCourier


class Entry(NamedTuple):
    """The newest word on an event."""

    sequence: int
    is_cancelled: bool
    status: str
    start: dt.datetime
    end: dt.datetime


class Calendar:
    """One person's calendar."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def receive(self, message: mail.EmailMessage) -> None:
        for _, content, kind in message.attachments:
            if kind.startswith("text/calendar"):
                self._take(vobject.readOne(content))

    def _take(self, calendar: vobject.base.Component) -> None:
        event = calendar.vevent
        known, sequence = self.entries.get(event.uid.value), int(event.sequence.value)
        if known is None or sequence >= known.sequence:
            is_cancelled = calendar.method.value == "CANCEL"
            self.entries[event.uid.value] = Entry(
                sequence, is_cancelled, event.status.value, event.dtstart.value, event.dtend.value
            )

    def sessions(self) -> dict[str, tuple[dt.datetime, dt.datetime]]:
        """Return the confirmed sessions in it."""
        sure = {uid: entry for uid, entry in self.entries.items() if entry.status == "CONFIRMED"}
        assert not [uid for uid, entry in sure.items() if entry.is_cancelled]
        return {uid: (entry.start, entry.end) for uid, entry in sure.items()}


class Step(NamedTuple):
    """One person's move of one of the sessions, to that hour where it moves; `is_mailed`: its mail is sent at once."""

    move: str
    session: int
    by_teacher: bool
    hour: int
    is_mailed: bool


SESSIONS = 2
# Mostly what leaves the session alive: what is cancelled stays so.
MOVES = ("reschedule",) * 6 + ("confirm", "confirm", "cancel", "decline")
STEPS = st.builds(
    Step,
    move=st.sampled_from(MOVES),
    session=st.integers(0, SESSIONS - 1),
    by_teacher=st.booleans(),
    hour=st.integers(9, 16),
    is_mailed=st.sampled_from([True, True, False]),
)


def play(step: Step, booking: Booking, now: dt.datetime) -> None:
    """Make the move, if it may be made."""
    by = booking.teacher if step.by_teacher else booking.student
    with contextlib.suppress(BookingError):
        if step.move == "confirm":
            services.confirm_booking(booking_id=booking.id, by=by, now=now)
        elif step.move == "reschedule":
            start = at(f"{step.hour:02}:00")
            services.reschedule_booking(booking_id=booking.id, by=by, start=start, duration=None, now=now)
        elif step.move == "cancel":
            services.cancel_booking(booking_id=booking.id, by=by, reason="", now=now)
        else:
            services.decline_booking(booking_id=booking.id, by=by, reason="", now=now)


def mails(now: dt.datetime) -> list[mail.EmailMessage]:
    mail.outbox.clear()
    MailCourier().deliver_due(now=now)
    return list(mail.outbox)


def confirmed_of(user: User) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    confirmed = Booking.objects.of(user.id).filter(status=Status.CONFIRMED)
    return {f"{booking.id}@bookings": (booking.start_time, booking.end_time) for booking in confirmed}


@pytest.mark.once
@pytest.mark.django_db
@given(steps=st.lists(STEPS, min_size=2, max_size=8), reconfirm=st.booleans(), seed=st.integers())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_calendar_equals_its_persons_bookings(
    zoom: FakeZoom, now: dt.datetime, steps: list[Step], reconfirm: bool, seed: int
) -> None:
    student, teacher = (make(email=f"{uuid.uuid4()}@example.com") for make in (make_student, make_teacher))
    teacher.profile.reconfirm_moves = reconfirm
    teacher.profile.save()
    make_hours(teacher)
    sessions = [confirm(make_booking(student, teacher, start=at(f"{10 + hour}:00"))) for hour in range(SESSIONS)]
    sent = mails(NOW)
    for number, step in enumerate(steps, start=1):
        moment = NOW + number * dt.timedelta(minutes=1)
        play(step, sessions[step.session], moment)
        sent += mails(moment) if step.is_mailed else []
    sent += mails(NOW + dt.timedelta(hours=1))
    random.Random(seed).shuffle(sent)  # noqa: S311  # to be played again
    for person in (student, teacher):
        calendar = Calendar()
        for message in sent:
            if message.to == [person.email]:
                calendar.receive(message)
        assert calendar.sessions() == confirmed_of(person)
