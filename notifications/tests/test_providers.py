"""notifications.providers: mail through a provider's API, and what becomes of its refusals."""

import datetime as dt
import json
from typing import Any

import pytest
import requests
import responses
from pytest_django import Settings

from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from notifications.delivery import MailCourier
from notifications.models import MailPreferences, Message
from notifications.providers import PROVIDERS
from notifications.tests.parts import requested
from outbox import backoff

pytestmark = pytest.mark.usefixtures("now")
API = "https://api.postmarkapp.com/email"
ACCEPTED = {
    "To": "alice@example.com",
    "SubmittedAt": "2025-01-10T12:00:00Z",
    "MessageID": "0a129aee-e1cd-480d-b08d-4f48548ff48d",
    "ErrorCode": 0,
    "Message": "OK",
}
INACTIVE = {
    "ErrorCode": 406,
    "Message": "You tried to send to a recipient that has been marked as inactive.\n"
    "Found inactive addresses: alice@example.com.\n"
    "Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.",
}


@pytest.fixture(autouse=True)
def postmark(settings: Settings) -> None:
    provider = PROVIDERS["postmark"]
    settings.EMAIL_PROVIDER, settings.EMAIL_BACKEND = "postmark", provider.backend
    settings.ANYMAIL = provider.settings("server-token", secret="", signing_key="")


@pytest.fixture
def message(madrid: User, maria: User) -> Message:
    """The mail to Alice, who asked for a session; no other is due."""
    booking = requested(madrid, maria)
    Message.objects.exclude(recipient=madrid).delete()
    return Message.objects.get(booking=booking, kind="requested")


def deliver(now: dt.datetime = NOW) -> None:
    MailCourier().deliver_due(now=now)


def answered(message: Message, status: int = 200, body: Any = ACCEPTED) -> Message:
    """Deliver the message while the provider answers so."""
    with responses.RequestsMock() as provider:
        provider.post(API, status=status, json=body)
        deliver()
    message.refresh_from_db()
    return message


def test_a_mail_goes_to_the_providers_api(message: Message) -> None:
    with responses.RequestsMock() as provider:
        sent = provider.post(API, json=ACCEPTED)
        deliver()
        [call] = sent.calls
    assert call.request.headers["X-Postmark-Server-Token"] == "server-token"
    assert call.request.req_kwargs["timeout"] == 10
    body = json.loads(call.request.body)
    assert (body["To"], body["From"]) == ("alice@example.com", "bookings@example.com")
    assert "Wednesday 15 January 2025" in body["TextBody"]
    assert "<" in body["HtmlBody"]
    message.refresh_from_db()
    assert (message.sent_at, message.last_error) == (NOW, "")


def test_an_invitation_keeps_its_method(message: Message) -> None:
    confirm(message.booking)
    Message.objects.exclude(recipient=message.recipient).delete()
    with responses.RequestsMock() as provider:
        sent = provider.post(API, json=ACCEPTED)
        deliver()
        [call] = sent.calls
    [attached] = json.loads(call.request.body)["Attachments"]
    assert attached["Name"] == "invitation.ics"
    assert attached["ContentType"] == 'text/calendar; method="REQUEST"; charset="utf-8"'


def test_a_refused_address_is_given_up(message: Message) -> None:
    answered(message, 422, INACTIVE)
    assert (message.done_at, message.sent_at, message.last_error) == (NOW, None, "The address was refused.")
    assert MailPreferences.objects.get(user=message.recipient).dead_address == "alice@example.com"


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_provider_that_accepts_no_mail_postpones_all_of_it(status: int, message: Message, maria: User) -> None:
    other = Message.objects.create(
        booking=message.booking, kind="confirmed", recipient=maria, booking_version=1, created_at=NOW, due_at=NOW
    )
    with responses.RequestsMock() as provider:
        sent = provider.post(API, status=status, json={"ErrorCode": 10, "Message": "No."})
        deliver()
        assert len(sent.calls) == 1
    other.refresh_from_db()
    message.refresh_from_db()
    assert NOW + backoff.FIRST in (message.due_at, other.due_at)
    assert min(message.due_at, other.due_at) > NOW
    assert "AnymailRequestsAPIError" in (message.last_error, other.last_error)
    assert not MailPreferences.objects.exists()


def test_a_missing_response_is_retried(message: Message) -> None:
    with responses.RequestsMock() as provider:
        provider.post(API, body=requests.ConnectTimeout("https://user:secret@example.com"))
        deliver()
    message.refresh_from_db()
    assert (message.done_at, message.last_error) == (None, "AnymailRequestsAPIError")
    assert message.due_at > NOW


def test_a_mail_that_the_provider_rejects_delays_no_other(message: Message) -> None:
    other = Message.objects.create(
        booking=message.booking, kind="confirmed", recipient=message.recipient, booking_version=1, created_at=NOW,
        due_at=NOW + dt.timedelta(seconds=1),
    )  # fmt: skip
    answered(message, 422, {"ErrorCode": 300, "Message": "Invalid metadata content."})
    assert (message.done_at, message.last_error) == (None, "AnymailRequestsAPIError")
    other.refresh_from_db()
    assert other.due_at == NOW + dt.timedelta(seconds=1)


def test_the_admin_shows_the_kind_of_the_providers_error(root: User) -> None:
    User.objects.filter(pk=root.pk).update(email="root@example.com")
    root.refresh_from_db()
    path = "notifications/message/previews/requested/student/send/"
    with responses.RequestsMock() as provider:
        provider.post(API, status=401, json={"ErrorCode": 10, "Message": "Bad or missing API token."})
        assert told(AdminClient(root).send(path)) == ["The mail could not be sent (AnymailRequestsAPIError)."]
