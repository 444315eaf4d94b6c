import base64
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from zoom_sandbox.access import new_token
from zoom_sandbox.models import SandboxMeeting

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2025, 1, 15, 8, 0, tzinfo=dt.UTC)
MEETINGS = "/zoom-sandbox/v2/users/ana@school.example/meetings"
BODY = {"topic": "Lesson", "start_time": "2025-01-16T09:00:00Z", "duration": 45, "password": "aB3*aB3*aB"}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def call(client: Client, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
    header = f"Bearer {new_token('a') if token is None else token}"
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    return client.generic(method, path, content, "application/json", headers={"Authorization": header})


def payload(answer: HttpResponse) -> Any:
    return json.loads(answer.content)


def made(client: Client, **changes: Any) -> Any:
    answer = call(client, "POST", MEETINGS, BODY | changes)
    assert answer.status_code == 201
    return payload(answer)


def path_of(meeting: Any) -> str:
    return f"/zoom-sandbox/v2/meetings/{meeting['id']}"


def test_a_new_meeting_looks_like_zooms(client: Client) -> None:
    meeting = made(client, agenda="a" * 300, settings={"waiting_room": True})
    assert 10**9 < meeting["id"] < 10**11
    link = f"http://testserver/zoom-sandbox/j/{meeting['id']}"
    assert meeting["join_url"] == f"{link}?pwd=aB3*aB3*aB"
    assert meeting["start_url"].startswith(f"{link}?zak=")
    assert {key: meeting[key] for key in ("topic", "start_time", "duration", "agenda", "host_email", "type")} == {
        "topic": "Lesson",
        "start_time": "2025-01-16T09:00:00Z",
        "duration": 45,
        "agenda": "a" * 300,
        "host_email": "ana@school.example",
        "type": 2,
    }
    assert payload(call(client, "GET", path_of(meeting)))["password"] == "aB3*aB3*aB"


def test_a_wall_clock_time_is_read_in_its_zone(client: Client) -> None:
    meeting = made(client, start_time="2025-01-16T09:00:00", timezone="Europe/Madrid")
    assert meeting["start_time"] == "2025-01-16T08:00:00Z"


def test_a_meeting_without_a_start_starts_now(client: Client) -> None:
    assert payload(call(client, "POST", MEETINGS, {}))["start_time"] == "2025-01-15T08:00:00Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topic", "t" * 201),
        ("topic", "\x00"),
        ("topic", 5),
        ("agenda", "a" * 2001),
        ("password", "p" * 11),
        ("duration", 0),
        ("duration", 1441),
        ("duration", 45.5),
        ("duration", True),
        ("settings", []),
        ("start_time", "tomorrow"),
        ("start_time", None),
        ("start_time", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_bad_field_is_named_and_no_meeting_is_created(client: Client, field: str, value: Any) -> None:
    answer = call(client, "POST", MEETINGS, BODY | {field: value})
    assert answer.status_code == 400
    body = payload(answer)
    assert (body["code"], body["message"]) == (300, "Validation Failed.")
    assert [error["field"] for error in body["errors"]] == [field]
    assert not SandboxMeeting.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_an_object_is_refused(client: Client, body: bytes) -> None:
    answer = call(client, "POST", MEETINGS, body)
    assert (answer.status_code, payload(answer)["code"]) == (400, 300)
    assert not SandboxMeeting.objects.exists()


def test_an_update_changes_only_the_fields_sent(client: Client) -> None:
    meeting = made(client, settings={"waiting_room": True})
    change = {"start_time": "2025-02-01T10:00:00Z", "settings": {"mute_upon_entry": True}}
    answer = call(client, "PATCH", path_of(meeting), change)
    assert (answer.status_code, answer.content) == (204, b"")
    after = payload(call(client, "GET", path_of(meeting)))
    assert after | {"start_url": ""} == meeting | {
        "start_url": "",
        "start_time": "2025-02-01T10:00:00Z",
        "settings": {"waiting_room": True, "mute_upon_entry": True},
    }


def test_a_start_in_the_past_is_ignored_as_zoom_does(client: Client) -> None:
    meeting = made(client)
    answer = call(client, "PATCH", path_of(meeting), {"start_time": "2025-01-15T07:59:59Z", "duration": 30})
    assert answer.status_code == 204
    after = payload(call(client, "GET", path_of(meeting)))
    assert (after["start_time"], after["duration"]) == ("2025-01-16T09:00:00Z", 30)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("number", [None, 1, 10**30])
def test_a_meeting_that_is_deleted_or_never_was_does_not_exist(client: Client, method: str, number: int | None) -> None:
    meeting = made(client)
    assert call(client, "DELETE", path_of(meeting)).status_code == 204
    number = number or meeting["id"]
    answer = call(client, method, f"/zoom-sandbox/v2/meetings/{number}", {})
    assert answer.status_code == 404
    assert payload(answer) == {"code": 3001, "message": f"Meeting does not exist: {number}."}


def test_a_list_goes_page_by_page_and_cuts_agendas(client: Client) -> None:
    numbers = {made(client, agenda="a" * 300)["id"] for _ in range(5)}
    call(client, "POST", "/zoom-sandbox/v2/users/ben/meetings", BODY)
    seen: list[Any] = []
    token = ""
    for size in (2, 2, 1):
        page = payload(call(client, "GET", f"{MEETINGS}?type=scheduled&page_size=2&next_page_token={token}"))
        assert len(page["meetings"]) == size
        assert page["total_records"] == 5
        seen += page["meetings"]
        token = page["next_page_token"]
    assert token == ""
    assert {meeting["id"] for meeting in seen} == numbers
    assert {len(meeting["agenda"]) for meeting in seen} == {250}
    assert not any("password" in meeting or "start_url" in meeting for meeting in seen)


@pytest.mark.parametrize("query", ["page_size=0", "page_size=301", "page_size=x", "next_page_token=x"])
def test_an_invalid_page_is_refused(client: Client, query: str) -> None:
    assert call(client, "GET", f"{MEETINGS}?{query}").status_code == 400


def test_a_malformed_host_does_not_exist(client: Client) -> None:
    answer = call(client, "POST", f"/zoom-sandbox/v2/users/{'h' * 201}/meetings", BODY)
    assert (answer.status_code, payload(answer)["code"]) == (404, 1001)


# --- Who may call ---

HOUR = dt.timedelta(hours=1)


def jwt_of(claims: dict[str, Any], algorithm: str = "HS256") -> str:
    return jwt.encode(claims, "any secret will do, if it is long enough" * 2, algorithm=algorithm)


@pytest.mark.parametrize(
    ("token", "is_valid"),
    [
        (jwt_of({"iss": "key", "exp": NOW + HOUR}), True),
        (jwt_of({"iss": "key", "exp": NOW - HOUR}), False),
        (jwt_of({"iss": "key"}), False),
        (jwt_of({"exp": NOW + HOUR}), False),
        (jwt_of({"iss": "key", "exp": NOW + HOUR}, "HS512"), False),
        ("", False),
        ("nonsense", False),
        ("a.b.c", False),
    ],
)
def test_a_bearer_token_is_needed(client: Client, token: str, is_valid: bool) -> None:
    answer = call(client, "GET", MEETINGS, token=token)
    assert answer.status_code == (200 if is_valid else 401)
    if not is_valid:
        assert payload(answer) == {"code": 124, "message": "Invalid access token."}


def test_a_request_without_a_header_is_refused(client: Client) -> None:
    assert client.post(MEETINGS, BODY, content_type="application/json").status_code == 401
    assert not SandboxMeeting.objects.exists()


def basic(credentials: bytes) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}


GRANT = {"grant_type": "account_credentials", "account_id": "sandbox"}


def test_a_token_expires_after_an_hour(client: Client) -> None:
    answer = client.post("/zoom-sandbox/oauth/token", GRANT, headers=basic(b"any:pair"))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 3599)
    assert call(client, "GET", MEETINGS, token=body["access_token"]).status_code == 200
    with time_machine.travel(NOW + HOUR + dt.timedelta(seconds=1)):
        assert call(client, "GET", MEETINGS, token=body["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("headers", "grant", "error"),
    [
        ({}, GRANT, "invalid_client"),
        (basic(b"no-secret:"), GRANT, "invalid_client"),
        ({"Authorization": "Basic ***"}, GRANT, "invalid_client"),
        ({"Authorization": "Bearer x"}, GRANT, "invalid_client"),
        (basic(b"a:b"), {"grant_type": "password"}, "unsupported_grant_type"),
        (basic(b"a:b"), {"grant_type": "account_credentials"}, "invalid_request"),
    ],
)
def test_a_token_is_refused_as_oauth_does(
    client: Client, headers: dict[str, str], grant: dict[str, str], error: str
) -> None:
    answer = client.post("/zoom-sandbox/oauth/token", grant, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert answer.json()["reason"]
