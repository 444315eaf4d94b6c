"""Previews of every kind of mail, with fictitious people, for staff."""

import datetime as dt
import re
from typing import NamedTuple

from django.core.mail import EmailMultiAlternatives

from accounts.models import User
from bookings.models import Booking
from bookings.states import Actor, Party, Status
from notifications.content import Content
from notifications.kinds import Kind
from notifications.models import Message
from wall_clock import zones

HOUR = dt.timedelta(hours=1)
STATUSES = {
    Kind.REQUESTED: Status.PENDING,
    Kind.UNANSWERED: Status.PENDING,
    Kind.DECLINED: Status.CANCELLED,
    Kind.CANCELLED: Status.CANCELLED,
    Kind.EXPIRED: Status.CANCELLED,
    Kind.FEEDBACK_INVITED: Status.COMPLETED,
}
CANCELLERS = {Kind.DECLINED: Actor.TEACHER, Kind.CANCELLED: Actor.STUDENT, Kind.EXPIRED: Actor.SYSTEM}


def sample(kind: Kind, party: Party, *, zone: str, now: dt.datetime) -> Content:
    """Return the mail to that party by the clock of `zone`; nothing is stored."""
    booking = _booking(kind, zone, now)
    people = {Party.STUDENT: booking.student, Party.TEACHER: booking.teacher}
    message = Message(
        booking=booking,
        kind=kind,
        recipient=None if kind == Kind.ZOOM_PROBLEM else people[party],
        booking_version=booking.version,
        old_start=booking.start_time - 2 * HOUR,
        created_at=now,
        due_at=now,
    )
    return Content(message)


def _booking(kind: Kind, zone: str, now: dt.datetime) -> Booking:
    """Return an unsaved session the day after tomorrow at ten."""
    day = (now + dt.timedelta(days=2)).astimezone(zones.load(zone))
    start = day.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(dt.UTC)
    status = STATUSES.get(kind, Status.CONFIRMED)
    return Booking(
        student=User(first_name="Sam", last_name="Sample", timezone=zone),
        teacher=User(first_name="Toni", last_name="Tester", timezone=zone),
        start_time=start,
        end_time=start + HOUR,
        status=status,
        cancellation_reason="I have a cold" if kind in (Kind.DECLINED, Kind.CANCELLED) else "",
        cancelled_by=CANCELLERS.get(kind, ""),
        zoom_meeting_id="84000000000",
        zoom_join_url="https://zoom.us/j/84000000000",
        zoom_password="aB3-xyz",  # noqa: S106  # of no meeting
        created_at=now,
    )


def mail_to(content: Content, address: str) -> EmailMultiAlternatives:
    """Return the sample as a mail to this address."""
    found = EmailMultiAlternatives(f"[Test] {content.subject}", content.text, to=[address])
    found.attach_alternative(content.html, "text/html")
    return found


class Framed(NamedTuple):
    """A mail's HTML for a frame, and its Content-Security-Policy."""

    html: str
    policy: str


def framed(content: Content, *, nonce: str) -> Framed:
    """Move style attributes into one style element: mail needs them, but our CSP forbids them.

    The CSP lets the page load nothing, run nothing, and be framed by this site only.
    """
    styles: list[str] = []

    def as_class(match: re.Match[str]) -> str:
        styles.append(match[1])
        return f'class="s{len(styles)}"'

    html = re.sub(r'style="([^"]*)"', as_class, content.html)
    rules = "".join(f".s{number}{{{style}}}" for number, style in enumerate(styles, start=1))
    page = html.replace("</head>", f'<style nonce="{nonce}">{rules}</style></head>', 1)
    return Framed(page, f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'self'; sandbox")
