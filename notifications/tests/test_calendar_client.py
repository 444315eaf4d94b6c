"""Whatever happens to sessions, and in whatever order mail arrives: each person's calendar ends as their bookings are.

A calendar client of our own takes every invitation as RFC 5546 says: by UID, METHOD and SEQUENCE.
"""

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
from bookings.factories import make_hours
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import at
from bookings.tests.fake_zoom import FakeZoom
from conftest import NOW
from notifications.delivery import MailCourier
from notifications.tests.parts import requested


class Entry(NamedTuple):
    """The newest word on an event."""

    sequence: int
    is_cancelled: bool
    status: str
    start: dt.datetime
    end: dt.datetime


class Calendar:
    """What one person sees."""

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
        """What stands in it for sure."""
        sure = {uid: entry for uid, entry in self.entries.items() if entry.status == "CONFIRMED"}
        assert not [uid for uid, entry in sure.items() if entry.is_cancelled]
        return {uid: (entry.start, entry.end) for uid, entry in sure.items()}


class Step(NamedTuple):
    """One person's move, to that hour where it moves, and whether the mail of the time so far is sent after it."""

    move: str
    by_teacher: bool
    hour: int
    sends: bool


STEPS = st.builds(
    Step,
    move=st.sampled_from(["confirm", "reschedule", "reschedule", "cancel", "decline"]),
    by_teacher=st.booleans(),
    hour=st.integers(9, 16),
    sends=st.booleans(),
)


def play(step: Step, booking: Booking, now: dt.datetime) -> None:
    """Make the move, if it may be made."""
    who = booking.teacher if step.by_teacher else booking.student
    common = {"booking_id": booking.id, "by": who, "now": now}
    try:
        if step.move == "confirm":
            services.confirm_booking(**common)
        elif step.move == "reschedule":
            services.reschedule_booking(**common, start=at(f"{step.hour:02}:00"), duration=None)
        elif step.move == "cancel":
            services.cancel_booking(**common, reason="")
        else:
            services.decline_booking(**common, reason="")
    except BookingError:
        return


def mails(now: dt.datetime) -> list[mail.EmailMessage]:
    mail.outbox.clear()
    MailCourier().deliver_due(now=now)
    return list(mail.outbox)


def confirmed_of(user: User) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    confirmed = Booking.objects.of(user.id).filter(status=Status.CONFIRMED)
    return {f"{booking.id}@bookings": (booking.start_time, booking.end_time) for booking in confirmed}


@pytest.mark.django_db
@given(steps=st.lists(STEPS, max_size=8), reconfirm=st.booleans(), chance=st.randoms(use_true_random=False))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_calendar_equals_its_persons_bookings(
    zoom: FakeZoom, now: dt.datetime, steps: list[Step], reconfirm: bool, chance: random.Random
) -> None:
    student, teacher = (make(email=f"{uuid.uuid4()}@example.com") for make in (make_student, make_teacher))
    teacher.profile.reconfirm_moves = reconfirm
    teacher.profile.save()
    make_hours(teacher)
    booking, sent = requested(student, teacher), []
    for number, step in enumerate(steps):
        moment = NOW + dt.timedelta(minutes=number)
        play(step, booking, moment)
        sent += mails(moment) if step.sends else []
    sent += mails(NOW + dt.timedelta(hours=1))
    chance.shuffle(sent)
    for person in (student, teacher):
        calendar = Calendar()
        for message in sent:
            if message.to == [person.email]:
                calendar.receive(message)
        assert calendar.sessions() == confirmed_of(person)
