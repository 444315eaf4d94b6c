"""A Zoom that does not respond: after three requests, callers who wait fail at once for half a minute."""

from typing import Any

import pytest
import requests
import responses

from bookings.tests.zoom_parts import BASE, DETAILS, MEETING, Clock, api_calls, fake_zoom, zoom_client
from bookings.zoom_client import ZoomClient, ZoomRefused, ZoomUnavailable
from bookings.zoom_client.breaker import OPEN_SECONDS

HOST_URL = f"{BASE}/users/me/meetings"


def ask(client: ZoomClient) -> None:
    client.within_one_limit().create_meeting("me", DETAILS)


def silence(zoom: responses.RequestsMock, client: ZoomClient, times: int) -> None:
    zoom.replace("POST", HOST_URL, body=requests.ReadTimeout("silence"))
    for _ in range(times):
        with pytest.raises(ZoomUnavailable):
            ask(client)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def zoom() -> Any:
    with fake_zoom() as mock:
        mock.post(HOST_URL, json=MEETING, status=201)
        yield mock


def test_after_three_silent_requests_nobody_waits(zoom: responses.RequestsMock, clock: Clock) -> None:
    client = zoom_client(clock=clock)
    silence(zoom, client, 3)
    with pytest.raises(ZoomUnavailable, match="repeatedly") as caught:
        ask(client)
    assert not caught.value.outcome_unknown
    assert len(api_calls(zoom)) == 3


def test_a_worker_keeps_trying(zoom: responses.RequestsMock, clock: Clock) -> None:
    client = zoom_client(clock=clock)
    silence(zoom, client, 3)
    with pytest.raises(ZoomUnavailable):
        client.create_meeting("me", DETAILS)
    assert len(api_calls(zoom)) == 4


def test_one_caller_tries_again_after_a_while_and_an_answer_closes_it(
    zoom: responses.RequestsMock, clock: Clock
) -> None:
    client = zoom_client(clock=clock)
    silence(zoom, client, 3)
    clock.seconds += OPEN_SECONDS
    silence(zoom, client, 2)
    assert len(api_calls(zoom)) == 4
    clock.seconds += OPEN_SECONDS
    zoom.replace("POST", HOST_URL, json=MEETING, status=201)
    ask(client)
    ask(client)
    assert len(api_calls(zoom)) == 6


def test_an_answer_in_between_starts_the_count_again(zoom: responses.RequestsMock, clock: Clock) -> None:
    client = zoom_client(clock=clock)
    silence(zoom, client, 2)
    zoom.replace("POST", HOST_URL, json={"code": 300, "message": "No."}, status=400)
    with pytest.raises(ZoomRefused):
        ask(client)
    silence(zoom, client, 2)
    zoom.replace("POST", HOST_URL, json=MEETING, status=201)
    ask(client)
