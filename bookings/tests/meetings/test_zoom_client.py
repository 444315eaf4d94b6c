import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bookings.tests.zoom_parts import BASE, DETAILS, MEETING, TOKEN, api_calls, fake_zoom, zoom_client
from bookings.zoom_client import MeetingDetails, ZoomClient, ZoomGone, ZoomMeeting, ZoomRefused, ZoomUnavailable

HOST_URL = f"{BASE}/users/ana%40school.example/meetings"
MEETING_URL = f"{BASE}/meetings/91234567890"


def test_it_creates_a_meeting() -> None:
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json=MEETING, status=201)
        meeting = zoom_client().create_meeting("ana@school.example", DETAILS)
        [request] = api_calls(zoom)
    sent = json.loads(request.body)
    password = sent.pop("password")
    assert sent == {
        "topic": "Lesson",
        "agenda": "ref-1\nAna with Ben",
        "type": 2,
        "start_time": "2025-01-15T08:00:00Z",
        "timezone": "UTC",
        "duration": 45,
        "settings": {
            "waiting_room": True,
            "join_before_host": False,
            "use_pmi": False,
            "approval_type": 2,
            "mute_upon_entry": True,
        },
    }
    assert re.fullmatch(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])(?=.*[@\-_*])[A-Za-z0-9@\-_*]{10}", password)
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"
    assert meeting == ZoomMeeting(
        id="91234567890",
        join_url="https://us02web.zoom.us/j/91234567890?pwd=canary-pwd",
        password="canary-pw1",
        start=datetime(2025, 1, 15, 8, tzinfo=UTC),
        duration_minutes=45,
        agenda="ref-1\nAna with Ben",
        host="ana@school.example",
        created_at=datetime(2025, 1, 10, 12, tzinfo=UTC),
    )


def test_no_two_passcodes_are_alike() -> None:
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json=MEETING, status=201)
        client = zoom_client()
        for _ in range(20):
            client.create_meeting("ana@school.example", DETAILS)
        assert len({json.loads(request.body)["password"] for request in api_calls(zoom)}) == 20


def test_it_cuts_what_zoom_would_refuse() -> None:
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json=MEETING, status=201)
        details = replace(DETAILS, topic="t" * 201, agenda="ref-1\n" + "a" * 2001)
        zoom_client().create_meeting("ana@school.example", details)
        sent = json.loads(api_calls(zoom)[0].body)
    assert sent["topic"] == "t" * 200
    assert sent["agenda"] == "ref-1\n" + "a" * 1994


def test_it_counts_as_zoom_does_to_which_an_emoji_is_two_characters() -> None:
    with fake_zoom() as zoom:
        zoom.patch(MEETING_URL, status=204)
        details = replace(DETAILS, topic="t" + "\N{GRINNING FACE}" * 100, agenda="ref-1\n" + "\N{GRINNING FACE}" * 1000)
        zoom_client().update_meeting("91234567890", details)
        sent = json.loads(api_calls(zoom)[0].body)
    assert sent["topic"] == "t" + "\N{GRINNING FACE}" * 99
    assert sent["agenda"] == "ref-1\n" + "\N{GRINNING FACE}" * 997


def test_zoom_shows_the_meeting_in_the_zone_that_is_asked_for() -> None:
    with fake_zoom() as zoom:
        zoom.patch(MEETING_URL, status=204)
        zoom_client().update_meeting("91234567890", replace(DETAILS, timezone="Europe/Madrid"))
        sent = json.loads(api_calls(zoom)[0].body)
    assert (sent["timezone"], sent["start_time"]) == ("Europe/Madrid", "2025-01-15T08:00:00Z")


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        MeetingDetails(topic="", agenda="", start=datetime(2025, 1, 15, 8), duration_minutes=60)  # noqa: DTZ001  # the point


def test_an_update_sends_what_changes_and_no_passcode() -> None:
    with fake_zoom() as zoom:
        zoom.patch(MEETING_URL, status=204)
        zoom_client().update_meeting("91234567890", DETAILS)
        [request] = api_calls(zoom)
    assert json.loads(request.body) == {
        "topic": "Lesson",
        "agenda": "ref-1\nAna with Ben",
        "start_time": "2025-01-15T08:00:00Z",
        "timezone": "UTC",
        "duration": 45,
    }


def test_it_deletes_a_meeting() -> None:
    with fake_zoom() as zoom:
        zoom.delete(MEETING_URL, status=204)
        zoom_client().delete_meeting("91234567890")
        [request] = api_calls(zoom)
    # Zoom mails the host by default.
    assert request.url == f"{MEETING_URL}?schedule_for_reminder=false"


def test_deleting_what_is_gone_counts_as_done() -> None:
    with fake_zoom() as zoom:
        zoom.delete(MEETING_URL, json={"code": 3001, "message": "Meeting does not exist: 91234567890."}, status=404)
        zoom_client().delete_meeting("91234567890")
        assert len(api_calls(zoom)) == 1


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("GET", lambda client: client.get_meeting("91234567890")),
        ("PATCH", lambda client: client.update_meeting("91234567890", DETAILS)),
    ],
)
@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (404, 3001, "Meeting does not exist: 9."),
        (404, 1001, "Meeting not found."),
        (404, 1010, "User does not belong to this account."),
        (400, 300, "The meeting 9 is not found or has expired."),
    ],
)
def test_a_meeting_that_does_not_exist_is_gone(status: int, code: int, message: str, method: str, call: Any) -> None:
    with fake_zoom() as zoom:
        zoom.add(method, MEETING_URL, json={"code": code, "message": message}, status=status)
        with pytest.raises(ZoomGone) as caught:
            call(zoom_client())
    assert (caught.value.status, caught.value.code, caught.value.outcome_unknown) == (status, code, False)


@pytest.mark.parametrize("number", ["", "abc", "12/../34", "1?x=1", "-1", "1" * 21, "\u0661\u0662", "1\n"])
def test_an_id_that_no_meeting_can_have_is_gone_without_asking(number: str) -> None:
    with fake_zoom(token=False) as zoom:
        with pytest.raises(ZoomGone):
            zoom_client().get_meeting(number)
        assert len(zoom.calls) == 0


@pytest.mark.parametrize(
    ("host", "quoted"),
    [
        ("me", "me"),
        ("a+b@x.example", "a%2Bb%40x.example"),
        ("../meetings", "..%2Fmeetings"),
        ("a?b#c%", "a%3Fb%23c%25"),
    ],
)
def test_a_host_stays_one_segment_of_the_path(host: str, quoted: str) -> None:
    with fake_zoom() as zoom:
        zoom.post(f"{BASE}/users/{quoted}/meetings", json=MEETING, status=201)
        zoom_client().create_meeting(host, DETAILS)
        assert api_calls(zoom)[0].url == f"{BASE}/users/{quoted}/meetings"


@pytest.mark.parametrize("host", ["", ".", ".."])
def test_a_host_that_would_change_the_path_is_refused_without_asking(host: str) -> None:
    with fake_zoom(token=False) as zoom:
        with pytest.raises(ZoomRefused):
            zoom_client().create_meeting(host, DETAILS)
        assert len(zoom.calls) == 0


def test_a_passcode_may_be_missing() -> None:
    with fake_zoom() as zoom:
        zoom.get(MEETING_URL, json={key: value for key, value in MEETING.items() if key != "password"})
        assert zoom_client().get_meeting("91234567890").password == ""


@pytest.mark.parametrize("number", [91234567890, "91234567890"])
def test_an_id_may_be_a_number_or_a_string(number: object) -> None:
    with fake_zoom() as zoom:
        zoom.get(MEETING_URL, json=MEETING | {"id": number})
        assert zoom_client().get_meeting("91234567890").id == "91234567890"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": True},
        {"id": 1.5},
        {"id": -5},
        {"id": "12a"},
        {"id": "1" * 21},
        {"id": []},
        {"join_url": None},
        {"join_url": 5},
        {"join_url": ""},
        {"join_url": "javascript:alert(1)"},
        {"join_url": "http://zoom.us/j/1"},
        {"join_url": "https://zoom.us.evil.example/j/1"},
        {"join_url": "https://evilzoom.us/j/1"},
        {"join_url": "https://zoom.us@evil.example/j/1"},
        {"join_url": "https://evil.example\\@zoom.us/j/1"},
        {"join_url": "https://evil.example#@zoom.us/j/1"},
        {"join_url": "https://zoom.us:8443/j/1"},
        {"join_url": "https://zoom.us/j/1\n"},
        {"join_url": "https://zoom.us/j/1 2"},
        {"join_url": "https://zoom.us/j/" + "1" * 1000},
    ],
)
def test_a_malformed_created_meeting_is_refused(changes: dict[str, Any]) -> None:
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json=MEETING | changes, status=201)
        with pytest.raises(ZoomUnavailable) as caught:
            zoom_client().create_meeting("ana@school.example", DETAILS)
        assert len(api_calls(zoom)) == 1
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("body", ["", "<html></html>", "[]", "null", '"text"', "{", "[" * 100_000, "\ud83d"])
def test_a_success_that_cannot_be_read_leaves_the_outcome_unknown(body: str) -> None:
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, body=body.encode(errors="surrogatepass"), status=201)
        with pytest.raises(ZoomUnavailable, match="understood") as caught:
            zoom_client().create_meeting("ana@school.example", DETAILS)
        assert len(api_calls(zoom)) == 1
    assert caught.value.outcome_unknown


@pytest.mark.parametrize(
    "url",
    [
        "https://zoom.us/j/1",
        "https://us02web.zoom.us/j/1?pwd=a.1",
        "https://school.zoom.us/j/1",
        "https://zoom.com/j/1",
        "https://x.zoomgov.com/j/1",
    ],
)
def test_links_to_zoom_are_accepted(url: str) -> None:
    with fake_zoom() as zoom:
        zoom.get(MEETING_URL, json=MEETING | {"join_url": url})
        assert zoom_client().get_meeting("91234567890").join_url == url


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("http://127.0.0.1:8000/zoom-sandbox/j/1?pwd=a", True),
        ("https://sandbox.example/j/1", True),
        ("javascript:alert(1)", False),
        ("https://user@sandbox.example/j/1", False),
    ],
)
def test_another_address_of_the_api_may_have_links_of_its_own(url: str, is_taken: bool) -> None:
    with fake_zoom() as zoom:
        zoom.get("https://sandbox.example/v2/meetings/1", json=MEETING | {"id": 1, "join_url": url})
        client = zoom_client(base_url="https://sandbox.example/v2")
        if is_taken:
            assert client.get_meeting("1").join_url == url
        else:
            with pytest.raises(ZoomUnavailable):
                client.get_meeting("1")


def create(client: ZoomClient) -> ZoomMeeting:
    return client.create_meeting("ana@school.example", DETAILS)


def test_no_repr_and_no_log_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = zoom_client()
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json=MEETING, status=201)
        meeting = create(client)
    shown = f"{caplog.text} {meeting!r} {client!r} {vars(client)!r} {vars(client._tokens)!r}"
    assert "canary-" not in shown
    assert "ana@school.example" not in shown


def test_each_call_leaves_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with fake_zoom() as zoom:
        zoom.post(HOST_URL, json={"code": 3161}, status=400, headers={"x-zm-trackingid": "v=2.0;rid=WEB_1"})
        with pytest.raises(ZoomRefused):
            create(zoom_client())
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert re.fullmatch(r"Zoom POST /oauth/token: 200 in \d+ ms", lines[0])
    assert re.fullmatch(r"Zoom POST /users/\{\}/meetings: 400 \(x-zm-trackingid v=2\.0;rid=WEB_1\) in \d+ ms", lines[1])
