"""notifications.delivery: what is sent, what is dropped, and what becomes of failures."""

import datetime as dt
import smtplib
from unittest.mock import patch

import pytest
from django.core import mail

from accounts.models import User
from bookings import services
from bookings.models import Booking
from bookings.tests.conftest import at
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from notifications.kinds import Kind
from notifications.models import MailPreferences, Message
from notifications.tests.conftest import Deliver
from notifications.tests.parts import requested
from outbox import backoff


@pytest.fixture
def asked(madrid: User, maria: User) -> Booking:
    maria.email = "maria@example.com"
    maria.save()
    return requested(madrid, maria)


def by_address(sent: list[mail.EmailMessage]) -> dict[str, mail.EmailMessage]:
    return {message.to[0]: message for message in sent}


def test_times_are_in_each_partys_own_zone(asked: Booking, deliver: Deliver) -> None:
    sent = by_address(deliver())
    assert set(sent) == {"alice@example.com", "maria@example.com"}
    assert "Wednesday 15 January 2025, 11:00 to 12:00\n(Europe/Madrid, UTC+01:00)" in sent["alice@example.com"].body
    assert "Wednesday 15 January 2025, 10:00 to 11:00\n(UTC)" in sent["maria@example.com"].body
    assert "waits for your answer" in sent["maria@example.com"].body
    assert f"https://app.example.com/bookings/{asked.id}" in sent["alice@example.com"].body
    assert deliver() == []


def test_the_link_comes_with_the_confirmation_and_not_before(asked: Booking, deliver: Deliver) -> None:
    assert not any("http" in m.body.replace("https://app.example.com", "") for m in deliver())
    booking = confirm(asked)
    sent = by_address(deliver())
    assert all(str(booking.zoom_join_url) in message.body for message in sent.values())
    assert set(sent) == {"alice@example.com", "maria@example.com"}


def test_a_cancellation_says_by_whom_and_why_and_shows_no_link(asked: Booking, deliver: Deliver) -> None:
    booking = confirm(asked)
    deliver()
    services.cancel_booking(booking_id=asked.id, by=asked.student, reason="Ill", now=NOW)
    message = by_address(deliver())["maria@example.com"]
    assert "was cancelled by Alice Adams" in message.body
    assert "Reason: Ill" in message.body
    assert str(booking.zoom_join_url) not in message.body


def test_user_input_is_escaped_in_html_only(asked: Booking, deliver: Deliver) -> None:
    services.cancel_booking(booking_id=asked.id, by=asked.student, reason="<b>Ill & tired</b>", now=NOW)
    message = by_address(deliver())["maria@example.com"]
    assert "<b>Ill & tired</b>" in message.body
    assert "&lt;b&gt;Ill &amp; tired&lt;/b&gt;" in str(message.alternatives[0][0])  # type: ignore[attr-defined]


def test_a_reminder_is_sent_when_it_is_due_and_can_be_unsubscribed(asked: Booking, deliver: Deliver) -> None:
    confirm(asked)
    deliver()
    assert deliver(at("08:59")) != []  # the day before
    sent = by_address(deliver(at("09:00")))
    headers = sent["alice@example.com"].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<https://booking.example.com/api/notifications/unsubscribe/")
    assert set(sent) == {"alice@example.com", "maria@example.com"}


def test_a_reminder_is_not_sent_to_those_who_do_not_want_it(asked: Booking, deliver: Deliver) -> None:
    confirm(asked)
    MailPreferences.objects.create(user=asked.student, hour_before=False, day_before=False)
    deliver()
    assert set(by_address(deliver(at("09:00")))) == {"maria@example.com"}
    dropped = Message.objects.get(kind=Kind.HOUR_BEFORE, recipient=asked.student)
    assert (dropped.sent_at, dropped.done_at is not None) == (None, True)


def test_a_reminder_after_the_start_is_dropped(asked: Booking, deliver: Deliver) -> None:
    confirm(asked)
    deliver()
    assert deliver(at("10:00")) == []


def test_without_an_address_nothing_is_sent(asked: Booking, deliver: Deliver) -> None:
    User.objects.update(email="")
    assert deliver() == []
    assert not Message.objects.open().filter(kind=Kind.REQUESTED).exists()


@pytest.mark.parametrize("error", [TimeoutError(), smtplib.SMTPServerDisconnected(), smtplib.SMTPDataError(451, b"")])
def test_a_failure_is_tried_again_later(error: Exception, asked: Booking, deliver: Deliver) -> None:
    with patch("django.core.mail.EmailMultiAlternatives.send", side_effect=error):
        assert deliver() == []
    assert Message.objects.open().filter(kind=Kind.REQUESTED).count() == 2
    assert deliver(NOW) == []
    assert len(deliver(NOW + backoff.FIRST)) == 2


def test_a_refusal_of_one_message_holds_up_no_other(asked: Booking, deliver: Deliver) -> None:
    with patch(
        "django.core.mail.EmailMultiAlternatives.send", side_effect=[smtplib.SMTPDataError(451, b""), 1]
    ) as send:
        deliver()
    assert send.call_count == 2


def test_a_dead_server_is_tried_once_and_not_for_each_message(asked: Booking, deliver: Deliver) -> None:
    with patch("django.core.mail.EmailMultiAlternatives.send", side_effect=TimeoutError()) as send:
        deliver()
    assert send.call_count == 1


def test_an_address_that_is_refused_for_good_is_remembered_and_holds_up_nobody(
    asked: Booking, deliver: Deliver
) -> None:
    refused = smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"No such user")})
    with patch("django.core.mail.EmailMultiAlternatives.send", side_effect=[refused, 1]):
        deliver()
    assert MailPreferences.objects.get(user=asked.student).dead_address == "alice@example.com"
    confirm(asked)
    assert set(by_address(deliver())) == {"maria@example.com"}


def test_another_address_of_the_same_person_gets_mail_again(asked: Booking, deliver: Deliver) -> None:
    MailPreferences.objects.create(user=asked.student, dead_address="alice@example.com")
    User.objects.filter(id=asked.student_id).update(email="new@example.com")
    assert "new@example.com" in by_address(deliver())


def test_a_message_is_stale_after_three_days(asked: Booking, deliver: Deliver) -> None:
    assert deliver(NOW + dt.timedelta(days=3, seconds=1)) == []
    assert not Message.objects.open().exists()


def test_a_reminder_that_was_written_long_ago_is_not_stale(madrid: User, maria: User, deliver: Deliver) -> None:
    booking = services.request_booking(
        student=madrid, teacher_id=maria.id, start=at("10:00", day=29), duration=60, notes="", now=NOW
    )
    confirm(booking)
    deliver()
    assert "alice@example.com" in by_address(deliver(at("10:00", day=28)))


def test_ending_the_backoff_sends_no_reminder_early(asked: Booking) -> None:
    confirm(asked)
    assert Message.objects.end_backoff(NOW) == 0
