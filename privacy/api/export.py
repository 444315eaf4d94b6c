"""All stored data of one person, as streamed JSON."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q
from rest_framework.serializers import BaseSerializer

from accounts.models import User
from api_schema.rendering import to_json
from bookings.api.bookings.rows import rows
from bookings.api.bookings.serializers import BookingSerializer
from bookings.api.feedback.serializers import FeedbackSerializer
from bookings.api.hours.serializers import AvailabilitySerializer, TimeOffSerializer
from bookings.models import Availability, BookingChange, BusyElsewhere, Feedback, TimeOff
from calendars import keys
from calendars.api.serializers import AddressSerializer
from calendars.models import OtherCalendar
from notifications.models import MailPreferences, Message
from privacy.api.serializers import (
    AccountSerializer,
    BusyElsewhereSerializer,
    ChangeSerializer,
    NamedCalendarSerializer,
    PreferencesSerializer,
    SentMessageSerializer,
)
from wall_clock import instants

Section = tuple[str, BaseSerializer[Any], Iterable[Any]]


def pieces(user: User, *, now: dt.datetime) -> Iterator[bytes]:
    """Yield the parts of one JSON object. Each list is one query, and is never held in memory as a whole."""
    yield b'{"exported_at":' + to_json(instants.utc(now))
    yield b',"account":' + to_json(AccountSerializer(user).data)
    yield b',"preferences":' + to_json(PreferencesSerializer(MailPreferences.of(user)).data)
    yield b',"calendar_address":' + to_json(AddressSerializer(keys.state(user)).data)
    for name, serializer, found in _lists(user, now):
        yield f',"{name}":['.encode()
        for number, row in enumerate(found):
            yield b"," * bool(number) + to_json(serializer.to_representation(row))
        yield b"]"
    yield b"}"


def _lists(user: User, now: dt.datetime) -> Iterator[Section]:
    of_their_bookings = Q(booking__student=user) | Q(booking__teacher=user)
    yield "working_hours", AvailabilitySerializer(), Availability.objects.filter(teacher=user)
    yield "time_off", TimeOffSerializer(), TimeOff.objects.filter(teacher=user)
    yield "bookings", BookingSerializer(context={"user": user, "now": now}), rows().of(user.id)
    changes = BookingChange.objects.filter(of_their_bookings).select_related("booking", "by")
    yield "changes", ChangeSerializer(), changes
    feedback = Feedback.objects.filter(of_their_bookings).select_related("booking__student", "booking__teacher")
    yield "feedback", FeedbackSerializer(), feedback
    yield "messages", SentMessageSerializer(), Message.objects.filter(recipient=user, sent_at__isnull=False)
    yield "other_calendars", NamedCalendarSerializer(), OtherCalendar.objects.filter(teacher=user)
    yield "busy_elsewhere", BusyElsewhereSerializer(), BusyElsewhere.objects.filter(teacher=user)
