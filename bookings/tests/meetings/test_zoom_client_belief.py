"""Validation of Zoom's responses: only documented values that match the request are accepted."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bookings.tests.zoom_parts import BASE, DETAILS, MEETING, api_calls, failed_create, fake_zoom, zoom_client
from bookings.zoom_client import ZoomClient, ZoomRefused, ZoomUnavailable

HOST_URL = f"{BASE}/users/me/meetings"
MEETING_URL = f"{BASE}/meetings/91234567890"
HTML = "<html><h1>nginx</h1></html>"

Ask = Callable[[ZoomClient], object]


def create(client: ZoomClient) -> object:
    return client.create_meeting("me", DETAILS)


def update(client: ZoomClient) -> None:
    client.update_meeting("91234567890", DETAILS)


def delete(client: ZoomClient) -> object:
    return client.delete_meeting("91234567890")


def get(client: ZoomClient) -> object:
    return client.get_meeting("91234567890")


WRITES = [
    pytest.param("POST", HOST_URL, create, id="create"),
    pytest.param("PATCH", MEETING_URL, update, id="update"),
    pytest.param("DELETE", MEETING_URL, delete, id="delete"),
]


def failure(method: str, url: str, ask: Ask, **answer: Any) -> Any:
    with fake_zoom() as zoom:
        zoom.add(method, url, **answer)
        with pytest.raises(ZoomUnavailable) as caught:
            ask(zoom_client())
        assert len(api_calls(zoom)) == 1
    return caught.value


@pytest.mark.parametrize(("method", "url", "ask"), WRITES)
@pytest.mark.parametrize("body", [HTML, "", json.dumps(MEETING), "{}"])
@pytest.mark.parametrize("status", [200, 202, 206, 299])
def test_a_success_that_zoom_does_not_document_leaves_the_outcome_unknown(
    status: int, body: str, method: str, url: str, ask: Ask
) -> None:
    error = failure(method, url, ask, body=body, status=status)
    assert (error.status, error.outcome_unknown) == (status, True)


@pytest.mark.parametrize(("method", "url", "ask"), WRITES)
@pytest.mark.parametrize("body", [HTML, "", "[]", '{"message": "Forbidden"}', '{"code": "300"}', '{"code": true}'])
@pytest.mark.parametrize("status", [400, 403, 404, 405, 413])
def test_a_gateways_error_page_is_not_a_refusal(status: int, body: str, method: str, url: str, ask: Ask) -> None:
    """Zoom's refusals have a code. After three of them a sync stops for good, which no gateway can decide."""
    error = failure(method, url, ask, body=body, status=status)
    assert (error.status, error.outcome_unknown) == (status, True)


def test_a_read_needs_its_status_too() -> None:
    error = failure("GET", MEETING_URL, get, json=MEETING, status=203)
    assert not error.outcome_unknown


@pytest.mark.parametrize(
    "changes",
    [
        {"agenda": "another booking\nBen with Cleo"},
        {"agenda": "About ref-1"},
        {"agenda": ""},
        {"agenda": None},
        {"start_time": "2025-01-15T09:00:00Z"},
        {"start_time": None},
        {"start_time": "soon"},
    ],
)
def test_a_created_meeting_that_contradicts_the_request_is_refused(changes: dict[str, Any]) -> None:
    error = failure("POST", HOST_URL, create, json=MEETING | changes, status=201)
    assert error.outcome_unknown


def test_an_answer_without_agenda_and_start_contradicts_nothing() -> None:
    with fake_zoom() as zoom:
        brief = {key: MEETING[key] for key in ("id", "join_url", "password")}
        zoom.post(HOST_URL, json=brief, status=201)
        assert zoom_client().create_meeting("me", DETAILS).id == "91234567890"


def test_a_meeting_with_another_id_is_refused() -> None:
    assert not failure("GET", MEETING_URL, get, json=MEETING | {"id": 91234567891}).outcome_unknown


STRANGE = ["\x00", "a\x00b", "\ud83d", "x" * 5000, 10**400, -(10**400), 1e308, [[]], {"a": {}}, True]


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("name", [*MEETING, "code", "message"])
def test_a_strange_value_in_an_answer_is_a_failed_answer_or_harmless(name: str, value: object) -> None:
    """Accepted values can be stored: text without NUL and lone surrogates, no longer than its column."""
    body = json.dumps(MEETING | {name: value})
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, body=body, status=201)
        try:
            meeting = zoom_client().create_meeting("me", DETAILS)
        except ZoomUnavailable:
            return
    assert len(meeting.id) <= 20
    assert meeting.join_url.isascii()
    assert len(meeting.join_url) <= 1000
    assert meeting.password.isprintable()
    assert len(meeting.password) <= 20


def test_a_link_that_is_too_long_in_its_host_is_not_taken() -> None:
    link = f"https://{'a.' * 500}zoom.us/j/1"
    assert failure("POST", HOST_URL, create, json=MEETING | {"join_url": link}, status=201).outcome_unknown


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("name", ["code", "message", "errors", "reason"])
def test_a_strange_value_in_a_refusal_can_be_stored(name: str, value: object) -> None:
    with fake_zoom() as zoom:
        refusal = {"code": 300, "message": "Validation Failed."} | {name: value}
        error = failed_create(zoom, body=json.dumps(refusal), status=400)
    assert len(error.sentence.encode()) <= 1200
    assert "\x00" not in error.sentence
    assert error.code is None or abs(error.code) < 2**31


def entry(number: object, agenda: str) -> dict[str, Any]:
    return {"id": number, "agenda": agenda, "created_at": "2025-01-10T12:00:00Z"}


def test_a_list_entry_with_a_malformed_id_does_not_hide_the_others() -> None:
    entries = [entry(None, "other"), entry(-1, "other"), 5, None, {}, entry(7, "other"), entry("x" * 30, "other")]
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json={"meetings": entries})
        client = zoom_client()
        assert [meeting.id for meeting in client.list_meetings("me")] == ["7"]
        assert client.find_meetings("me", "ref-1") == []


def test_an_entry_of_ours_without_a_proper_id_is_not_taken_for_absent() -> None:
    error = failure(
        "GET", HOST_URL, lambda client: client.find_meetings("me", "ref-1"), json={"meetings": [entry(None, "ref-1")]}
    )
    assert not error.outcome_unknown


def test_a_meeting_that_is_listed_twice_is_one() -> None:
    ours = [entry(91234567890, "ref-1"), entry("91234567890", "ref-1")]
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json={"meetings": ours})
        zoom.get(MEETING_URL, json=MEETING)
        client = zoom_client()
        assert len(list(client.list_meetings("me"))) == 1
        assert len(client.find_meetings("me", "ref-1")) == 1


def test_a_meeting_that_is_listed_as_ours_and_is_not_is_not_found() -> None:
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json={"meetings": [entry(91234567890, "ref-1")]})
        zoom.get(MEETING_URL, json=MEETING | {"agenda": "A foreign meeting"})
        with pytest.raises(ZoomUnavailable):
            zoom_client().find_meetings("me", "ref-1")


@pytest.mark.parametrize("token", ["\ud83d", "x" * 1000, 5, ["a"], {"a": 1}])
def test_a_page_token_that_makes_no_sense_is_not_sent(token: object) -> None:
    answer = {"body": json.dumps({"meetings": [], "next_page_token": token})}
    failure("GET", HOST_URL, lambda client: list(client.list_meetings("me")), **answer)


NUMERIC = {
    "code": 300,
    "message": "Validation Failed.",
    "errors": [{"field": "password", "message": "Must be numeric."}],
}
SHORT = {"code": 300, "message": "The passcode must be numeric, with 6 digits."}


@pytest.mark.parametrize(("refusal", "length"), [(NUMERIC, 10), (SHORT, 6)])
def test_a_passcode_that_breaks_the_accounts_rule_is_replaced_once(
    refusal: dict[str, Any], length: int, caplog: pytest.LogCaptureFixture
) -> None:
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json=refusal, status=400)
        zoom.post(HOST_URL, json=MEETING, status=201)
        zoom_client().create_meeting("me", DETAILS)
        first, second = (json.loads(request.body) for request in api_calls(zoom))
    assert second["password"].isdigit()
    assert len(second["password"]) == length
    assert first | {"password": ""} == second | {"password": ""}
    assert "numeric" in caplog.text
    assert first["password"] not in caplog.text


def test_a_passcode_that_is_refused_again_is_refused_with_the_reason() -> None:
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json=NUMERIC, status=400)
        with pytest.raises(ZoomRefused, match="password: Must be numeric"):
            zoom_client().create_meeting("me", DETAILS)
        assert len(api_calls(zoom)) == 2


def test_a_time_zone_that_zoom_does_not_know_becomes_utc() -> None:
    refusal = {"code": 300, "message": "Validation Failed.", "errors": [{"field": "timezone", "message": "Invalid."}]}
    with fake_zoom() as zoom:
        zoom.patch(MEETING_URL, json=refusal, status=400)
        zoom.patch(MEETING_URL, status=204)
        details = DETAILS.__class__(**vars(DETAILS) | {"timezone": "America/Nuuk"})
        zoom_client().update_meeting("91234567890", details)
        first, second = (json.loads(request.body) for request in api_calls(zoom))
    assert (first["timezone"], second["timezone"]) == ("America/Nuuk", "UTC")
    assert first["start_time"] == second["start_time"]


def test_any_other_refusal_is_final() -> None:
    with fake_zoom() as zoom:
        assert type(failed_create(zoom, json={"code": 300, "message": "Invalid topic."}, status=400)) is ZoomRefused
        assert len(api_calls(zoom)) == 1


def test_has_host_says_whether_the_host_exists() -> None:
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json={"meetings": []})
        zoom.get(f"{BASE}/users/nobody/meetings", json={"code": 1001, "message": "User does not exist."}, status=404)
        assert zoom_client().has_host("me")
        assert not zoom_client().has_host("nobody")
