import ssl
import traceback
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import urllib3

from bookings.tests.zoom_parts import (
    BASE,
    CLIENT_SECRET,
    DETAILS,
    NOW,
    OAUTH,
    TOKEN,
    Clock,
    api_calls,
    failed_create,
    fake_zoom,
    limits,
    zoom_client,
)
from bookings.zoom_client import (
    ZoomError,
    ZoomHostGone,
    ZoomRateLimited,
    ZoomRefused,
    ZoomUnavailable,
)

HOST_URL = f"{BASE}/users/me/meetings"
MEETING_URL = f"{BASE}/meetings/1"


@pytest.mark.parametrize(
    ("status", "code", "kind", "outcome_unknown"),
    [
        (400, 300, ZoomRefused, False),
        (400, 200, ZoomRefused, False),
        (400, 3000, ZoomRefused, False),
        (400, 3161, ZoomRefused, False),
        (403, 2306, ZoomRefused, False),
        (404, 1001, ZoomHostGone, False),
        (404, 3001, ZoomRefused, False),  # of a host, not of a meeting
        (408, 0, ZoomUnavailable, False),
        (429, 429, ZoomRateLimited, False),
        (429, 4001, ZoomRateLimited, False),
        (500, 124, ZoomUnavailable, True),
        (502, 0, ZoomUnavailable, True),
        (503, 0, ZoomUnavailable, True),
        (302, 0, ZoomUnavailable, True),
    ],
)
def test_a_failure_is_classified_by_status_and_code_and_not_retried(
    status: int, code: int, kind: type[ZoomError], outcome_unknown: bool
) -> None:
    with fake_zoom() as zoom:
        answer = {"code": code, "message": "No."}
        error = failed_create(zoom, json=answer, status=status, headers={"Location": "https://evil.example/"})
        assert len(api_calls(zoom)) == 1
    assert type(error) is kind
    assert (error.status, error.code, error.sentence) == (status, code, "No.")
    assert error.outcome_unknown is outcome_unknown


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failed_read_has_no_unknown_outcome(status: int) -> None:
    with fake_zoom() as zoom:
        zoom.get(MEETING_URL, status=status)
        with pytest.raises(ZoomError) as caught:
            zoom_client().get_meeting("1")
    assert not caught.value.outcome_unknown


def test_a_refusal_names_the_fields() -> None:
    errors = [{"field": "start_time", "message": "Invalid date."}, "?", {"field": "duration", "message": "Too long."}]
    with fake_zoom() as zoom:
        error = failed_create(zoom, json={"code": 300, "message": "Validation Failed.", "errors": errors}, status=400)
    assert error.sentence == "Validation Failed. start_time: Invalid date. duration: Too long."
    assert str(error) == error.sentence


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("<script>alert(1)</script> no", "alert(1) no"),
        ("a <b", "a b"),
        ("one\r\ntwo\x00three", "one two three"),
        ("x" * 400, "x" * 300),
        (f"token {TOKEN} refused", "token … refused"),
        (
            "does not contain scopes:[meeting:write:meeting:admin]",
            "does not contain scopes:[meeting:write:meeting:admin]",
        ),
        ("", "Zoom answered with status 400."),
        (None, "Zoom answered with status 400."),
        (["list"], "['list']"),
    ],
)
def test_a_sentence_is_safe_to_show(message: object, sentence: str) -> None:
    with fake_zoom() as zoom:
        assert failed_create(zoom, json={"message": message}, status=400).sentence == sentence


@pytest.mark.parametrize("body", ["<html><h1>502 Bad Gateway</h1></html>", "", "[]", "[" * 100_000])
def test_a_body_that_is_not_zooms_json_is_not_shown(body: str) -> None:
    with fake_zoom() as zoom:
        assert failed_create(zoom, body=body, status=502).sentence == "Zoom answered with status 502."


DAILY = "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests. Resume at GMT 00:00:00."


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"Retry-After": "7"}, "", 7.0),
        ({"Retry-After": "0"}, "", 0.0),
        ({"Retry-After": "999999999"}, "", 86_400.0),
        ({"Retry-After": "Wed, 15 Jan 2025 08:01:30 GMT"}, "", 90.0),
        ({"Retry-After": "2025-01-15T08:00:45Z"}, "", 45.0),
        ({"Retry-After": "2025-01-15T08:00:45"}, "", 45.0),
        ({"Retry-After": "2025-01-15T10:00:45+02:00"}, "", 45.0),
        ({"Retry-After": "2020-05-31T00:00:00Z"}, "", 0.0),
        ({"Retry-After": "9999-12-31T23:59:59Z"}, "", 86_400.0),
        ({"Retry-After": "soon"}, "", None),
        ({"Retry-After": "-5"}, "", None),
        ({"Retry-After": "1" * 400}, "", 86_400.0),
        ({}, "", None),
        ({}, "Too many concurrent requests.", None),
        ({}, DAILY, 16 * 3600.0 + 60),  # a minute more, because clocks differ
        ({"Retry-After": "Mon, 01 Jan 99999999999999 00:00:00 GMT"}, "", None),
        ({"Retry-After": "Mon, 01 Jan 2025 00:00:00 +99999999999999"}, "", None),
        ({"Retry-After": "3"}, DAILY, 3.0),
    ],
)
def test_a_rate_limit_error_says_how_long_to_wait(headers: dict[str, str], message: str, seconds: float | None) -> None:
    assert datetime.fromtimestamp(NOW, UTC).hour == 8
    with fake_zoom() as zoom:
        error = failed_create(zoom, json={"code": 429, "message": message}, status=429, headers=headers)
    assert isinstance(error, ZoomRateLimited)
    assert error.retry_after == seconds


def test_a_busy_zoom_may_also_say_how_long_to_wait() -> None:
    with fake_zoom() as zoom:
        assert failed_create(zoom, status=503, headers={"Retry-After": "30"}).retry_after == 30


def tls_failure(cause: ssl.SSLError) -> requests.exceptions.SSLError:
    """As requests wraps it."""
    reason = urllib3.exceptions.SSLError(cause)
    pool = urllib3.HTTPSConnectionPool("api.zoom.us")
    return requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, "/", reason))


@pytest.mark.parametrize(
    ("failure", "outcome_unknown"),
    [
        (requests.ReadTimeout("late"), True),
        (requests.ConnectionError("reset"), True),
        (requests.exceptions.ChunkedEncodingError("broken"), True),
        (requests.ConnectTimeout("late"), False),
        (requests.exceptions.InvalidURL("bad"), False),
        (tls_failure(ssl.SSLCertVerificationError("self-signed")), False),
        (tls_failure(ssl.SSLError("bad record mac")), True),
        (ConnectionResetError("reset"), True),
    ],
)
def test_only_a_request_that_was_sent_has_an_unknown_outcome(failure: Exception, outcome_unknown: bool) -> None:
    with fake_zoom() as zoom:
        error = failed_create(zoom, body=failure)
        assert len(api_calls(zoom)) == 1
    assert type(error) is ZoomUnavailable
    assert error.outcome_unknown is outcome_unknown
    assert error.status is None


def test_no_traceback_of_a_failure_leads_to_the_token() -> None:
    with fake_zoom() as zoom:
        error = failed_create(zoom, body=requests.ReadTimeout(f"Authorization: Bearer {TOKEN} {CLIENT_SECRET}"))
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error))
    assert TOKEN not in shown
    assert CLIENT_SECRET not in shown


def test_a_call_that_is_late_before_it_begins_sends_nothing() -> None:
    clock = Clock()
    with fake_zoom(token=False) as zoom:

        def slow_token(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            clock.seconds += 12
            return 200, {}, '{"access_token": "slow", "expires_in": 3599}'

        zoom.add_callback("POST", OAUTH, callback=slow_token)
        with pytest.raises(ZoomUnavailable, match="in time") as caught:
            zoom_client(clock=clock).create_meeting("me", DETAILS)
        assert api_calls(zoom) == []
    assert not caught.value.outcome_unknown


def test_token_request_and_repetition_share_one_limit() -> None:
    clock = Clock()
    with fake_zoom(token=False) as zoom:

        def slow(status: int, body: str) -> Any:
            def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
                clock.seconds += 4
                return status, {}, body

            return answer

        zoom.add_callback("POST", OAUTH, callback=slow(200, '{"access_token": "t", "expires_in": 3599}'))
        zoom.add_callback("POST", HOST_URL, callback=slow(401, "{}"))
        with pytest.raises(ZoomUnavailable, match="in time"):
            zoom_client(clock=clock).create_meeting("me", DETAILS)
        assert limits(zoom) == [10, 8, 4]
    assert clock.seconds == 1012
