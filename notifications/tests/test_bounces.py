"""POST /api/notifications/bounces/: events of each provider, read by anymail's own views."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from pytest_django import Settings

from accounts.factories import make_student
from accounts.models import User
from bookings.models import Booking
from notifications.models import MailPreferences
from notifications.providers import PROVIDERS
from notifications.tests.bounce_events import BREVO, MAILGUN, POSTMARK, SENDGRID
from notifications.tests.conftest import Deliver
from notifications.tests.parts import requested

pytestmark = [
    pytest.mark.usefixtures("now"),
    # SendGrid's views work, but anymail no longer tests them (anymail/django-anymail#432).
    pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid"),
]
ADDRESS, SECRET = "/api/notifications/bounces/", "a-secret-of-at-least-32-characters-for-bounces"
SIGNING_KEY = "mailguns-signing-key"


@pytest.fixture
def alice_has_one(alice: User) -> User:
    User.objects.filter(pk=alice.pk).update(email="alice@example.com")
    return alice


def use(settings: Settings, scheme: str, *, signing_key: str = "") -> None:
    settings.EMAIL_PROVIDER, settings.EMAIL_WEBHOOK_SECRET = scheme, SECRET
    settings.ANYMAIL = PROVIDERS[scheme].settings("api-key", secret=SECRET, signing_key=signing_key)


def basic(secret: str = SECRET, user: str = "anymail") -> str:
    return f"Basic {base64.b64encode(f'{user}:{secret}'.encode()).decode()}"


def send(body: Any, *, authorisation: str | None = None, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers |= {"Authorization": basic() if authorisation is None else authorisation}
    return Client(raise_request_exception=False).post(ADDRESS, content, "application/json", headers=headers)


def signed_by_mailgun(event: dict[str, Any], key: str = SIGNING_KEY) -> dict[str, Any]:
    token, timestamp = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0", "1529006854"
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": event}


def report(scheme: str, **changes: Any) -> Any:
    """Send the provider's documented event with these changes."""
    body: dict[str, Any] = {"postmark": POSTMARK, "mailgun": MAILGUN, "sendgrid": SENDGRID, "brevo": BREVO}[scheme]
    event = body | changes
    return send({"mailgun": signed_by_mailgun(event), "sendgrid": [event]}.get(scheme, event))


def dead() -> dict[Any, str]:
    return dict(MailPreferences.objects.exclude(dead_address="").values_list("user", "dead_address"))


SCHEMES = ("postmark", "mailgun", "sendgrid", "brevo")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_hard_bounce_gives_the_address_up(scheme: str, alice_has_one: User, settings: Settings) -> None:
    use(settings, scheme, signing_key=SIGNING_KEY if scheme == "mailgun" else "")
    answer = report(scheme)
    assert (answer.status_code, answer.content) == (204, b"")
    assert dead() == {alice_has_one.pk: "alice@example.com"}
    assert report(scheme).status_code == 204  # it may be told twice
    assert dead() == {alice_has_one.pk: "alice@example.com"}


@pytest.mark.parametrize(
    ("scheme", "changes"),
    [
        ("postmark", {"RecordType": "SpamComplaint", "Type": "SpamComplaint"}),
        ("postmark", {"Type": "BadEmailAddress"}),
        ("mailgun", {"event": "complained"}),
        ("sendgrid", {"event": "spamreport", "type": ""}),
        ("sendgrid", {"event": "dropped", "type": "Bounced Address"}),
        ("brevo", {"event": "spam"}),
        ("brevo", {"event": "invalid_email"}),
        ("postmark", {"Email": "Alice@Example.COM"}),
    ],
)
def test_a_complaint_or_a_suppressed_address_gives_the_address_up(
    scheme: str, changes: dict[str, str], alice_has_one: User, settings: Settings
) -> None:
    use(settings, scheme, signing_key=SIGNING_KEY if scheme == "mailgun" else "")
    assert report(scheme, **changes).status_code == 204
    assert dead() == {alice_has_one.pk: "alice@example.com"}


@pytest.mark.parametrize(
    ("scheme", "changes"),
    [
        ("postmark", {"Type": "SoftBounce"}),
        ("postmark", {"Type": "Transient"}),
        ("postmark", {"RecordType": "Delivery", "Recipient": "alice@example.com"}),
        ("postmark", {"RecordType": "Open"}),
        ("postmark", {"Type": "ManuallyDeactivated"}),
        ("mailgun", {"severity": "temporary"}),
        ("mailgun", {"event": "delivered", "severity": ""}),
        ("mailgun", {"event": "unsubscribed", "severity": ""}),
        ("sendgrid", {"type": "blocked"}),
        ("sendgrid", {"event": "deferred"}),
        ("sendgrid", {"event": "dropped", "type": "Unsubscribed Address"}),
        ("brevo", {"event": "soft_bounce"}),
        ("brevo", {"event": "something new"}),
    ],
)
def test_other_events_are_ignored(
    scheme: str, changes: dict[str, str], alice_has_one: User, settings: Settings
) -> None:
    use(settings, scheme, signing_key=SIGNING_KEY if scheme == "mailgun" else "")
    assert report(scheme, **changes).status_code == 204
    assert dead() == {}


def test_an_unknown_address_is_ignored(alice_has_one: User, settings: Settings) -> None:
    use(settings, "postmark")
    assert report("postmark", Email="nobody@example.com").status_code == 204
    assert report("postmark", Email=None).status_code == 204
    assert dead() == {}


def test_a_bounce_applies_to_every_account_with_the_address(alice_has_one: User, settings: Settings) -> None:
    other = make_student(email="alice@example.com")
    use(settings, "postmark")
    report("postmark")
    assert dead() == {alice_has_one.pk: "alice@example.com", other.pk: "alice@example.com"}


def test_preferences_stay_and_no_mail_is_sent_until_the_address_changes(
    alice_has_one: User, maria: User, settings: Settings, deliver: Deliver
) -> None:
    MailPreferences.objects.create(user=alice_has_one, feedback=False)
    use(settings, "postmark")
    report("postmark")
    assert MailPreferences.objects.get(user=alice_has_one).feedback is False
    alice_has_one.refresh_from_db()
    booking: Booking = requested(alice_has_one, maria)
    assert "alice@example.com" not in [address for message in deliver() for address in message.to]
    assert booking.messages.get(recipient=alice_has_one, sent_at=None, done_at__isnull=False).last_error == (
        "The address refuses mail for good."
    )


# --- Who is believed ---


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("authorisation", ["", "Basic", "Basic !", "Bearer x", basic("wrong"), basic(user="other")])
def test_without_the_secret_events_are_refused(
    authorisation: str, scheme: str, alice_has_one: User, settings: Settings
) -> None:
    use(settings, scheme)
    event: Any = {"mailgun": signed_by_mailgun(MAILGUN, "api-key"), "sendgrid": [SENDGRID]}.get(scheme, POSTMARK)
    for body in (event, b"junk"):
        answer = send(body, authorisation=authorisation)
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert dead() == {}


def test_mailgun_must_have_signed_too(alice_has_one: User, settings: Settings) -> None:
    use(settings, "mailgun", signing_key=SIGNING_KEY)
    bodies: list[Any] = [signed_by_mailgun(MAILGUN, "another-key"), {"event-data": MAILGUN}, [], b"junk"]
    for body in bodies:
        assert send(body).status_code in (400, 401)
    assert dead() == {}


def test_if_sendgrids_key_is_set_its_signature_is_required(alice_has_one: User, settings: Settings) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    use(settings, "sendgrid", signing_key=base64.b64encode(public).decode())
    body, timestamp, name = json.dumps([SENDGRID]).encode(), "1600112502", "X-Twilio-Email-Event-Webhook"
    signature = base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    headers = {f"{name}-Timestamp": timestamp, f"{name}-Signature": signature}
    assert send(body).status_code == 401
    assert send(body.replace(b"alice", b"maria"), **headers).status_code == 401
    assert dead() == {}
    assert send(body, **headers).status_code == 204
    assert dead() == {alice_has_one.pk: "alice@example.com"}


@pytest.mark.parametrize(("scheme", "secret"), [("", SECRET), ("smtp", SECRET), ("postmark", "")])
def test_without_a_provider_and_a_secret_the_url_is_404(
    scheme: str, secret: str, alice_has_one: User, settings: Settings
) -> None:
    settings.EMAIL_PROVIDER, settings.EMAIL_WEBHOOK_SECRET = scheme, secret
    answer = send(POSTMARK)
    assert (answer.status_code, answer.json()["error"]) == (404, "No mail provider reports here")
    assert dead() == {}


# --- What cannot be read ---


@pytest.mark.parametrize("scheme", ["postmark", "sendgrid", "brevo"])
@pytest.mark.parametrize("body", [b"", b"junk", b"\xff", b"[]", b"[7]", b"7", b'"x"', b"null", b"{}"])
def test_a_malformed_body_is_not_a_server_error(
    body: bytes, scheme: str, alice_has_one: User, settings: Settings
) -> None:
    use(settings, scheme)
    answer = send(body)
    assert answer.status_code in (204, 400)
    if answer.status_code == 400:
        assert answer.json() == {"error": "This is no event of the mail provider.", "code": "parse_error"}
    assert dead() == {}


def test_an_inbound_mail_is_refused_and_not_logged(
    settings: Settings, alice_has_one: User, caplog: pytest.LogCaptureFixture
) -> None:
    use(settings, "postmark")
    assert send({"FromFull": {"Email": "alice@example.com"}}).status_code == 400
    assert "AnymailConfigurationError" in caplog.text
    assert "alice@example.com" not in caplog.text


def test_a_body_that_is_too_large_is_refused(settings: Settings, alice_has_one: User) -> None:
    use(settings, "postmark")
    answer = report("postmark", Content="x" * 300_000)
    assert (answer.status_code, answer.json()["error"]) == (400, "The body is too large.")
    assert dead() == {}


def test_get_is_not_allowed(settings: Settings) -> None:
    use(settings, "postmark")
    assert Client().get(ADDRESS).status_code == 405
