"""Send messages: claim, check that the message still fits its booking, send, record."""

import datetime as dt
import logging
import smtplib

from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from accounts.languages import written_for
from bookings.models import Booking
from bookings.states import Move, Status
from notifications import bounces, invitations, providers, unsubscribing
from notifications.content import Content
from notifications.kinds import FITS_STATUS, INVITES, OPTIONAL, REMINDERS, WITHDRAWS, Kind
from notifications.models import MailPreferences, Message
from outbox import backoff
from outbox.delivery import Job, RowCourier, drop

logger = logging.getLogger(__name__)

# A message that could not be sent for so long is stale.
KEPT = dt.timedelta(days=3)


class MailCourier(RowCourier[Message]):
    model = Message
    related = ("recipient", "booking__student", "booking__teacher__profile")

    def attempt(self, job: Job[Message], now: dt.datetime) -> bool:
        """Send the message unless it no longer fits. A crash between sending and recording sends it once more."""
        if reason := unfit(job.row, now):
            return drop(job, now, reason)
        try:
            mail(job.row, now=now).send()
        except providers.refusals() as error:
            return _refused(job, now, error)
        except providers.failures() as error:
            return _failed(job, now, error)
        return _sent(job, now)


def unfit(message: Message, now: dt.datetime) -> str:
    """Return why the message must not be sent any more; empty if it may."""
    booking, kind = message.booking, Kind(message.kind)
    if message.booking_version != booking.version:
        return "Overtaken by a later change."
    if kind in FITS_STATUS and booking.status not in FITS_STATUS[kind]:
        return "The booking has changed since."
    if kind in REMINDERS and now >= booking.start_time:
        return "The session has begun."
    if kind not in REMINDERS and now - message.created_at > KEPT:
        return "It could not be sent for three days."
    return _unwanted(message, kind)


def _unwanted(message: Message, kind: Kind) -> str:
    address, recipient = Content(message).address, message.recipient
    if not address:
        return "There is no address."
    if recipient is None:
        return ""
    preferences = MailPreferences.of(recipient)
    if not recipient.is_active:
        return "The account is inactive."
    if preferences.dead_address == address:
        return "The address refuses mail for good."
    return "" if preferences.wants(kind) else "The recipient does not want these mails."


def mail(message: Message, *, now: dt.datetime) -> EmailMultiAlternatives:
    """Return the mail, in its recipient's language."""
    with written_for(message.recipient):
        return _mail(message, now)


def _mail(message: Message, now: dt.datetime) -> EmailMultiAlternatives:
    content = Content(message)
    found = EmailMultiAlternatives(content.subject, content.text, to=[content.address])
    found.attach_alternative(content.html, "text/html")
    if message.recipient is not None and message.kind in OPTIONAL:
        found.extra_headers |= unsubscribing.headers(message.recipient, Kind(message.kind))
    _invite(found, message, now)
    return found


def _invite(found: EmailMultiAlternatives, message: Message, now: dt.datetime) -> None:
    if message.recipient is None or not _concerns_calendar(message.booking, Kind(message.kind)):
        return
    invitation = invitations.invitation(message.booking, message.recipient, now=now)
    method = "CANCEL" if message.booking.status == Status.CANCELLED else "REQUEST"
    found.attach("invitation.ics", invitation.decode(), f"text/calendar; method={method}")


def _concerns_calendar(booking: Booking, kind: Kind) -> bool:
    """Return True if the message changes a calendar: a booking that was never confirmed is in none."""
    return kind in (*INVITES, *WITHDRAWS) and booking.changes.filter(move=Move.CONFIRM).exists()


# --- Recording --------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _sent(job: Job[Message], now: dt.datetime) -> bool:
    if message := Message.held(job.claim):
        message.sent_at = now
        message.settle(job.claim, now)
    return True


def _refused(job: Job[Message], now: dt.datetime, error: Exception) -> bool:
    """Remember an address that is refused for good; try others again later."""
    told = ""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, _words),) = error.recipients.values()
        if code < 500:
            return _failed(job, now, error)
        told = f" ({code})"
    if job.row.recipient is not None:
        bounces.give_up(job.row.recipient, Content(job.row).address)
    return drop(job, now, f"The address was refused{told}.")


@transaction.atomic(durable=True)
def _failed(job: Job[Message], now: dt.datetime, error: Exception) -> bool:
    # The kind alone: a server's words may repeat the address.
    logger.warning("Mail could not be sent: %s", type(error).__name__)
    if message := Message.held(job.claim):
        message.postpone(now + backoff.delay(message.attempts), now, error=type(error).__name__)
    if providers.is_unreachable(error):
        # Every other message would wait for the same server just as long.
        Message.objects.put_off(now, now + backoff.FIRST)
    return False
