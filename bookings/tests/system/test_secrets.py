"""No secret in any log line, error, admin page or stored event: the flow with marked secrets, all output searched."""

import logging
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.tests.admin_client import AdminClient
from bookings import zoom_client
from bookings.models import Booking, BookingChange, MeetingSync
from bookings.tests.conftest import BOOKINGS, Api
from bookings.tests.fake_zoom import CERTAIN, UNKNOWN, Failure, FakeZoom

API_SECRET = "canary-api-secret-of-more-than-32-characters"
API_KEY = "canary-api-key"
HOST_SECRET = "host-secret"  # in the fake's start_url
LEAKS = [
    Failure(status=400, body={"code": 300, "message": f"Bearer {API_SECRET} was refused"}),
    Failure(status=500, body={"message": "https://zoom.us/s/1?zak=host-secret"}),
    *CERTAIN.values(),
    *UNKNOWN.values(),
]


@pytest.fixture
def marked(zoom: FakeZoom, settings: Settings) -> FakeZoom:
    """Zoom, called with secrets that can be told from all else."""
    settings.ZOOM_API_KEY, settings.ZOOM_API_SECRET = API_KEY, API_SECRET
    zoom_client.client.cache_clear()
    return zoom


def passcodes(zoom: FakeZoom) -> set[str]:
    return {meeting["password"] for meeting in zoom.meetings.values()}


def found_in(text: str, secrets: set[str]) -> set[str]:
    return {secret for secret in secrets if secret in text}


def test_the_flow_leaves_no_secret_in_the_logs_or_the_admin(
    pending: Booking,
    alice: User,
    maria: User,
    root: User,
    api_for: Api,
    marked: FakeZoom,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    one = f"{BOOKINGS}{pending.id}/"
    answers: list[Any] = []
    marked.fail("POST", *LEAKS)
    while (confirmed := api_for(maria).post(f"{one}confirm/")).status_code == 500:
        answers.append(confirmed)
    assert confirmed.status_code == 200
    assert len(answers) >= len(LEAKS) - 3  # a token that is refused is renewed once, which takes two failures
    shown_to_nobody = {API_SECRET, HOST_SECRET, "start_url"}
    secrets = shown_to_nobody | passcodes(marked)
    tokens = {call.split()[-1] for call in [confirmed.wsgi_request.META["HTTP_AUTHORIZATION"]]}
    assert len(secrets) >= 4
    answers.append(api_for(alice).get(one))
    pages = [
        AdminClient(person).page(path).content.decode()
        for person in (maria, root)
        for path in ("bookings/booking/", f"bookings/booking/{pending.id}/change/", "bookings/meetingsync/")
    ]
    marked.fail("DELETE", *LEAKS[:3])
    answers.append(api_for(alice).post(f"{one}cancel/", {}))

    written = caplog.text + "".join(capfd.readouterr()) + "".join(repr(vars(record)) for record in caplog.records)
    assert "rag_app.operations.access_log" in {record.name for record in caplog.records}
    assert found_in(written, secrets | tokens | {alice.email, maria.email}) == set()
    for page in pages:
        assert found_in(page, secrets | tokens) == set()
    for answer in answers:  # the parties may read their passcode
        assert found_in(answer.content.decode(), shown_to_nobody | tokens) == set()
    rows = repr([*MeetingSync.objects.values(), *BookingChange.objects.values()])
    assert found_in(rows, secrets | tokens) == set()


def test_an_account_that_is_refused_leaves_no_token_in_the_logs(
    api_for: Api, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = api_for(alice)
    token = str(client._credentials["HTTP_AUTHORIZATION"]).split()[1]  # type: ignore[attr-defined]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token[:-4]}AAAA")
    assert client.get(BOOKINGS).status_code == 401
    assert token[:-4] not in caplog.text


def test_no_repr_contains_a_secret(marked: FakeZoom, pending: Booking) -> None:
    client = zoom_client.client()
    assert found_in(repr(client) + repr(vars(client)), {API_SECRET}) == set()
