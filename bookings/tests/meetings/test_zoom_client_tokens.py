import threading
import time
from typing import Any

import jwt
import pytest
import requests
import responses

from bookings.tests.zoom_parts import (
    BASE,
    DETAILS,
    NOW,
    OAUTH,
    TOKEN,
    Clock,
    api_calls,
    failed_create,
    fake_zoom,
    zoom_client,
)
from bookings.zoom_client import (
    ZoomAuthError,
    ZoomClient,
    ZoomError,
    ZoomRateLimited,
    ZoomUnavailable,
)
from bookings.zoom_client.auth import LegacyJwtTokens
from bookings.zoom_client.wire import Deadline, Wire

HOST_URL = f"{BASE}/users/me/meetings"
MEETING_URL = f"{BASE}/meetings/1"


def answer_token(zoom: responses.RequestsMock, token: str, **more: Any) -> None:
    zoom.post(OAUTH, json={"access_token": token, "expires_in": 3599} | more)


def test_it_asks_for_a_token_with_the_grant_in_the_body() -> None:
    with fake_zoom() as zoom:
        zoom.delete(MEETING_URL, status=204)
        zoom_client().delete_meeting("1")
        request = zoom.calls[0].request
    assert request.url == OAUTH
    assert request.body == "grant_type=account_credentials&account_id=account-1"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Authorization"].startswith("Basic ")


def test_a_token_serves_until_a_minute_before_it_expires() -> None:
    clock = Clock()
    client = zoom_client(clock=clock)
    with fake_zoom(token=False) as zoom:
        answer_token(zoom, "first")
        answer_token(zoom, "second")
        zoom.delete(MEETING_URL, status=204)
        for clock.seconds in (1000.0, 1000.0 + 3599 - 61, 1000.0 + 3599 - 60):
            client.delete_meeting("1")
        sent = [request.headers["Authorization"] for request in api_calls(zoom)]
    assert sent == ["Bearer first", "Bearer first", "Bearer second"]


@pytest.mark.parametrize(("status", "code"), [(401, 124), (401, None), (400, 4711), (403, 4700)])
def test_a_refused_token_is_replaced_once(status: int, code: int | None) -> None:
    with fake_zoom(token=False) as zoom:
        answer_token(zoom, "old")
        answer_token(zoom, "new")
        zoom.delete(MEETING_URL, json={"code": code}, status=status)
        zoom.delete(MEETING_URL, status=204)
        zoom_client().delete_meeting("1")
        sent = [request.headers["Authorization"] for request in api_calls(zoom)]
    assert sent == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize(("status", "code"), [(401, 124), (400, 4711)])
def test_a_second_refusal_is_an_error_of_the_configuration(status: int, code: int) -> None:
    with fake_zoom() as zoom:
        error = failed_create(zoom, json={"code": code, "message": "Invalid access token."}, status=status)
        assert len(api_calls(zoom)) == 2
        assert len(zoom.calls) == 4
    assert type(error) is ZoomAuthError
    assert (error.sentence, error.outcome_unknown) == ("Invalid access token.", False)


def test_a_token_that_another_thread_has_replaced_is_not_thrown_away() -> None:
    client = zoom_client()
    tokens, deadline = client._tokens, client._wire.deadline()
    with fake_zoom(token=False) as zoom:
        answer_token(zoom, "old")
        answer_token(zoom, "new")
        old = tokens.token(deadline)
        new = tokens.token(deadline, refused=old)
        assert tokens.token(deadline, refused=old) is new
        assert tokens.token(deadline) is new
        assert len(zoom.calls) == 2
    assert (old.value, new.value) == ("old", "new")


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (400, {"reason": "Invalid client_id", "error": "invalid_client"}, ZoomAuthError, "Invalid client_id"),
        (401, {"reason": "No", "error": "invalid_grant"}, ZoomAuthError, "No"),
        (404, {}, ZoomUnavailable, "Zoom answered with status 404."),
        (429, {"reason": "Slow down"}, ZoomRateLimited, "Slow down"),
        (500, {}, ZoomUnavailable, "Zoom answered with status 500."),
        (302, {}, ZoomUnavailable, "Zoom answered with status 302."),
        (200, {}, ZoomUnavailable, "Zoom's answer could not be understood."),
        (200, {"access_token": "a b", "expires_in": 3599}, ZoomUnavailable, "Zoom's answer could not be understood."),
        (
            200,
            {"access_token": "a\r\nX: y", "expires_in": 1},
            ZoomUnavailable,
            "Zoom's answer could not be understood.",
        ),
        (200, {"access_token": "a", "expires_in": "x"}, ZoomUnavailable, "Zoom's answer could not be understood."),
        (200, {"access_token": 5, "expires_in": 3599}, ZoomUnavailable, "Zoom's answer could not be understood."),
        (200, {"access_token": "a" * 8193, "expires_in": 9}, ZoomUnavailable, "Zoom's answer could not be understood."),
        (200, {"access_token": "a", "expires_in": 10**400}, ZoomUnavailable, "Zoom's answer could not be understood."),
        (200, {"access_token": "a", "expires_in": -1}, ZoomUnavailable, "Zoom's answer could not be understood."),
    ],
)
def test_without_a_token_no_call_is_made_and_no_outcome_is_unknown(
    status: int, body: dict[str, Any], kind: type[ZoomError], sentence: str
) -> None:
    with fake_zoom(token=False) as zoom:
        zoom.post(OAUTH, json=body, status=status, headers={"Location": "https://evil.example/"})
        with pytest.raises(ZoomError) as caught:
            zoom_client().create_meeting("me", DETAILS)
        assert len(zoom.calls) == 1
    error = caught.value
    assert type(error) is kind
    assert (error.sentence, error.outcome_unknown) == (sentence, False)


def test_a_failed_token_is_asked_for_again_the_next_time() -> None:
    client = zoom_client()
    with fake_zoom(token=False) as zoom:
        zoom.post(OAUTH, status=500)
        answer_token(zoom, "good")
        zoom.delete(MEETING_URL, status=204)
        with pytest.raises(ZoomUnavailable):
            client.delete_meeting("1")
        client.delete_meeting("1")
        assert len(api_calls(zoom)) == 1


def test_threads_that_need_a_token_at_once_fetch_one() -> None:
    client, start, got = zoom_client(), threading.Barrier(8), []

    def ask() -> None:
        start.wait(5)
        got.append(client._tokens.token(client._wire.deadline()))

    with fake_zoom() as zoom:
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(zoom.calls) == 1
    assert [token.value for token in got] == [TOKEN] * 8


def test_waiting_for_another_threads_token_has_a_limit() -> None:
    client = zoom_client()
    refused = []

    def slow_token(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        with pytest.raises(ZoomUnavailable, match="in time") as caught:
            client._tokens.token(Deadline(0.01, time.monotonic))
        refused.append(caught.value)
        return 200, {}, '{"access_token": "slow", "expires_in": 3599}'

    with fake_zoom(token=False) as zoom:
        zoom.add_callback("POST", OAUTH, callback=slow_token)
        client._tokens.token(client._wire.deadline())
        assert len(zoom.calls) == 1
    assert [error.outcome_unknown for error in refused] == [False]


@responses.activate
def test_the_spec_s_pair_signs_a_short_lived_jwt() -> None:
    wire = Wire(timeout_seconds=10)
    secret = "canary-legacy-secret-0123456789-0123456789"
    tokens = LegacyJwtTokens(key="the-key", secret=secret, now=lambda: NOW)
    client = ZoomClient(wire, tokens, base_url=BASE, waiting_room=True)
    responses.delete(MEETING_URL, status=401)
    responses.delete(MEETING_URL, status=204)
    client.delete_meeting("1")
    assert len(responses.calls) == 2
    scheme, _, token = responses.calls[0].request.headers["Authorization"].partition(" ")
    assert scheme == "Bearer"
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    claims = jwt.decode(token, secret, algorithms=["HS256"], options={"verify_exp": False})
    assert claims == {"iss": "the-key", "exp": int(NOW) + 60}
    assert secret not in repr(tokens)
