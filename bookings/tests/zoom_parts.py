"""Shared by the tests of the Zoom client: a client with known credentials, a clock, and Zoom's responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import responses

from bookings.zoom_client import MeetingDetails, ZoomClient, ZoomError
from bookings.zoom_client.auth import ServerToServerTokens
from bookings.zoom_client.wire import Wire

BASE = "https://api.zoom.us/v2"
OAUTH = "https://zoom.us/oauth/token"
CLIENT_ID, CLIENT_SECRET = "canary-client-id-0123456789", "canary-client-secret-0123456789"
TOKEN = "canary-access-token-0123456789"
NOW = datetime(2025, 1, 15, 8, 0, tzinfo=UTC).timestamp()

# 10:00 in a zone two hours ahead of UTC, with seconds that Zoom cannot be told.
START = datetime(2025, 1, 15, 10, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=2)))
DETAILS = MeetingDetails(topic="Lesson", agenda="ref-1\nAna with Ben", start=START, duration_minutes=45)

MEETING: dict[str, Any] = {
    "id": 91234567890,
    "host_email": "ana@school.example",
    "topic": "Lesson",
    "agenda": "ref-1\nAna with Ben",
    "start_time": "2025-01-15T08:00:00Z",
    "duration": 45,
    "created_at": "2025-01-10T12:00:00Z",
    "join_url": "https://us02web.zoom.us/j/91234567890?pwd=canary-pwd",
    "start_url": "https://us02web.zoom.us/s/91234567890?zak=canary-zak",
    "password": "canary-pw1",
}


@dataclass
class Clock:
    """A monotonic clock that only a test moves."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def zoom_client(
    *, base_url: str = BASE, oauth_url: str = OAUTH, timeout_seconds: float = 10, clock: Clock | None = None
) -> ZoomClient:
    clocks: dict[str, Any] = {"monotonic": clock} if clock else {}
    wire = Wire(timeout_seconds=timeout_seconds, now=lambda: NOW, **clocks)
    tokens = ServerToServerTokens(
        wire, url=oauth_url, account_id="account-1", client_id=CLIENT_ID, client_secret=CLIENT_SECRET
    )
    return ZoomClient(wire, tokens, base_url=base_url, waiting_room=True)


@contextmanager
def fake_zoom(*, token: bool = True) -> Iterator[responses.RequestsMock]:
    """Answers in Zoom's place, and afterwards looks at how every single request was sent."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as zoom:
        if token:
            zoom.post(OAUTH, json={"access_token": TOKEN, "expires_in": 3599, "token_type": "bearer"})
        yield zoom
        for call in zoom.calls:
            assert_limited(call.request)


def assert_limited(request: Any) -> None:
    sent = request.req_kwargs
    assert 0 < sent["timeout"].connect_timeout <= 3.05
    assert 0 < sent["timeout"].total <= 10
    assert sent["verify"]  # True, or the certificates that the machine trusts
    assert sent["stream"] is True


def api_calls(zoom: responses.RequestsMock) -> list[Any]:
    """The requests to the API, without those for a token."""
    return [call.request for call in zoom.calls if call.request.url != OAUTH]


def limits(zoom: responses.RequestsMock) -> list[float]:
    """The seconds that each request was given."""
    requests: list[Any] = [call.request for call in zoom.calls]
    return [request.req_kwargs["timeout"].total for request in requests]


def failed_create(zoom: responses.RequestsMock, **answer: Any) -> ZoomError:
    """How a create fails that Zoom answers like this."""
    zoom.post(f"{BASE}/users/me/meetings", **answer)
    with pytest.raises(ZoomError) as caught:
        zoom_client().create_meeting("me", DETAILS)
    return caught.value
