"""Render a message in its reader's time zone. Nothing here uses the network."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import formats
from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.states import Actor, Status
from bookings.stored_reasons import in_words
from notifications.kinds import OPTIONAL, Kind
from notifications.models import Message
from wall_clock import zones

JOINABLE = (Kind.CONFIRMED, Kind.MOVED, Kind.DAY_BEFORE, Kind.HOUR_BEFORE)


class Content:
    """A message as its recipient reads it."""

    def __init__(self, message: Message) -> None:
        self.message, self.booking, self.kind = message, message.booking, Kind(message.kind)

    @property
    def address(self) -> str:
        """Return the recipient's address, or the school's; empty if there is none."""
        recipient = self.message.recipient
        return recipient.email if recipient is not None else settings.SCHOOL_EMAIL

    @cached_property
    def subject(self) -> str:
        """Return a single line: names cannot inject a header."""
        return " ".join(_plain(f"notifications/{self.kind}.subject.txt", self.context).split())

    @property
    def text(self) -> str:
        return _plain("notifications/mail.txt", self._with_opening)

    @property
    def html(self) -> str:
        return render_to_string("notifications/mail.html", self._with_opening)

    @cached_property
    def context(self) -> dict[str, Any]:
        booking, reader = self.booking, self.message.recipient
        is_teacher = reader is not None and reader.id == booking.teacher_id
        zone = reader.timezone if reader is not None else booking.teacher.timezone
        return {
            "school": settings.SCHOOL_NAME,
            "booking": booking,
            "reader": reader,
            "is_teacher": is_teacher,
            "awaits_reader": reader is not None and _awaited(booking) == reader.id,
            "student": booking.student.name or _("Student"),
            "teacher": booking.teacher.name or _("Teacher"),
            "other": (booking.student.name or _("Student")) if is_teacher else (booking.teacher.name or _("Teacher")),
            "when": _span(booking.start_time, booking.end_time, zone),
            "old_when": _moment(self.message.old_start, zone) if self.message.old_start else "",
            "zone": _zone(booking.start_time, zone),
            "cancelled_by": _canceller(booking),
            "reason": in_words(booking.cancellation_reason) if booking.status == Status.CANCELLED else "",
            "join_url": self._join_url,
            "passcode": booking.zoom_password if self._join_url else "",
            "app_url": f"{settings.FRONTEND_URL}/bookings/{booking.id}" if settings.FRONTEND_URL else "",
            "is_optional": self.kind in OPTIONAL,
        }

    @property
    def _with_opening(self) -> dict[str, Any]:
        opening = _plain(f"notifications/{self.kind}.opening.txt", self.context).strip()
        return self.context | {"subject": self.subject, "opening": opening}

    @property
    def _join_url(self) -> str:
        """Return the link for the two parties of a confirmed session; empty otherwise."""
        is_shown = self.message.recipient is not None and self.kind in JOINABLE
        return (self.booking.zoom_join_url or "") if is_shown and self.booking.status == Status.CONFIRMED else ""


def _plain(name: str, context: dict[str, Any]) -> str:
    template: Any = get_template(name)
    rendered: str = template.template.render(Context(context, autoescape=False))
    return rendered


def _awaited(booking: Booking) -> Any:
    return getattr(booking, f"{booking.awaits}_id")


def _moment(moment: dt.datetime, zone: str) -> str:
    local = moment.astimezone(zones.load(zone))
    # Translators: the day of a session in a mail, in the letters of Django's `date` filter.
    day = formats.date_format(local, _("l j F Y"))
    return f"{day}, {local:%H:%M}"


def _span(start: dt.datetime, end: dt.datetime, zone: str) -> str:
    local_end = end.astimezone(zones.load(zone))
    is_same_day = local_end.date() == start.astimezone(zones.load(zone)).date()
    until = f"{local_end:%H:%M}" if is_same_day else _moment(end, zone)
    return _("%(start)s to %(end)s") % {"start": _moment(start, zone), "end": until}


def _zone(moment: dt.datetime, zone: str) -> str:
    """Return the zone's name with its offset at that moment, such as `Europe/Madrid, UTC+01:00`, or `UTC`."""
    if zone == "UTC":
        return zone
    offset = f"{moment.astimezone(zones.load(zone)):%z}"
    return f"{zone}, UTC{offset[:3]}:{offset[3:]}"


def _canceller(booking: Booking) -> str:
    names: dict[str, str] = {Actor.STUDENT: booking.student.name, Actor.TEACHER: booking.teacher.name}
    return names.get(booking.cancelled_by) or (settings.SCHOOL_NAME if booking.cancelled_by == Actor.STAFF else "")
