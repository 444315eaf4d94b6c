"""After a dead mail server, what is due is postponed without waiting for a request that is changing some of it."""

import datetime as dt
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.core.mail import EmailMessage
from django.db import connection, transaction

from accounts.factories import make_student, make_teacher
from bookings.factories import make_booking
from conftest import NOW
from notifications.delivery import MailCourier
from notifications.models import Message
from outbox import backoff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@contextmanager
def changing(message: Message) -> Iterator[None]:
    """A move in another connection has this row locked."""
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Message.objects.select_for_update().get(pk=message.pk)
            is_held.set()
            is_over.wait(60)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert is_held.wait(60)
        yield
    finally:
        is_over.set()
        thread.join()


def test_a_dead_server_postpones_all_but_what_a_request_is_changing() -> None:
    booking = make_booking(make_student(email="alice@example.com"), make_teacher(), start=NOW + dt.timedelta(days=3))
    Message.objects.all().delete()
    tried, changed, other = (
        Message.objects.create(
            booking=booking,
            kind=kind,
            recipient=booking.student,
            booking_version=booking.version,
            created_at=NOW,
            due_at=NOW + dt.timedelta(seconds=number),
        )
        for number, kind in enumerate(("requested", "confirmed", "moved"))
    )
    now = NOW + dt.timedelta(minutes=1)
    with patch.object(EmailMessage, "send", side_effect=smtplib.SMTPServerDisconnected), changing(changed):
        MailCourier().deliver_due(now=now, most=1)
    due = dict(Message.objects.values_list("pk", "due_at"))
    assert due[tried.pk] > now
    assert due[changed.pk] == changed.due_at
    assert due[other.pk] == now + backoff.FIRST
