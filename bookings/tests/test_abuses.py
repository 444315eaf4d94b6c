"""Abuses and bad inputs, each with what it is answered; the body of every refusal is the one that refusals have.

Numbered after a list of abuses of which 1 to 31 concern tokens (accounts/tests) and the rest this API.
"""

import json
import uuid
from typing import Any, NamedTuple

import pytest
from django.test import override_settings

from accounts.models import User
from bookings.models import Availability, Booking
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, nothing_changes
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import Client

SLOTS, SCHEDULE = "/api/bookings/slots/available/", "/api/bookings/schedule/"
AVAILABILITY, FEEDBACK = "/api/bookings/availability/", "/api/bookings/feedback/"
MY, ME = f"{BOOKINGS}my/", "/api/accounts/me/"
TEN = "2025-01-15T10:00:00Z"


class Abuse(NamedTuple):
    """A request and its answer. `body`: bytes are sent as they are; a dict is added to a request that is sound."""

    number: int
    what: str
    status: int
    method: str = "POST"
    path: str = BOOKINGS
    body: Any = b""
    content_type: str = "application/json"
    headers: dict[str, str] = {}
    who: str = "alice"


def get(number: int, what: str, status: int, path: str, **more: Any) -> Abuse:
    return Abuse(number, what, status, "GET", path, **more)


def start(number: int, what: str, value: Any) -> Abuse:
    return Abuse(number, what, 400, body={"start_time": value})


# {teacher}, {booking} stand for Maria's id and that of Alice's pending booking.
DAY = f"{SLOTS}?teacher_id={{teacher}}&date="
WEEK = f"{SCHEDULE}?teacher_id={{teacher}}&start_date=2025-01-15&end_date="
ABUSES = [
    get(32, "another student's booking", 404, f"{BOOKINGS}{{booking}}/", who="bob"),
    Abuse(
        32, "another student's booking, changed", 404, "PATCH", f"{BOOKINGS}{{booking}}/", b'{"notes":""}', who="bob"
    ),
    Abuse(32, "another student's booking, cancelled", 404, path=f"{BOOKINGS}{{booking}}/cancel/", who="bob"),
    Abuse(32, "another student's booking, moved", 404, path=f"{BOOKINGS}{{booking}}/reschedule/", body={}, who="bob"),
    Abuse(32, "another student's booking, rated", 404, path=FEEDBACK, body={"rating": 5}, who="bob"),
    Abuse(33, "another teacher's request", 404, path=f"{BOOKINGS}{{booking}}/confirm/", who="carl"),
    Abuse(34, "the student's own request", 403, path=f"{BOOKINGS}{{booking}}/confirm/"),
    Abuse(35, "a teacher who books themselves", 403, body={}, who="maria"),
    Abuse(44, "no JSON", 400, body=b"hello"),
    Abuse(44, "JSON that breaks off", 400, body=b'{"notes": "a'),
    Abuse(44, "single quotes", 400, body=b"{'notes': 'a'}"),
    Abuse(44, "an array", 400, body=b"[]"),
    Abuse(44, "null", 400, body=b"null"),
    Abuse(44, "a string", 400, body=b'"a"'),
    Abuse(44, "a number", 400, body=b"1"),
    Abuse(45, "an empty body", 400),
    Abuse(45, "an empty object", 400, body=b"{}"),
    Abuse(46, "NaN", 400, body=b'{"duration": NaN}'),
    Abuse(46, "Infinity", 400, body=b'{"duration": -Infinity}'),
    Abuse(46, "a number beyond all numbers", 400, body=b'{"duration": 1e999}'),
    Abuse(47, "100,000 arrays inside each other", 400, body=b'{"notes":' + b"[" * 100_000),
    Abuse(47, "100,000 objects inside each other", 400, body=b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    Abuse(48, "5,000 digits", 400, body=b'{"duration": ' + b"9" * 5000 + b"}"),
    Abuse(48, "5,000 digits as text", 400, body={"duration": "9" * 5000}),
    get(49, "a number for an id", 404, f"{BOOKINGS}{2**63}/"),
    get(49, "a word for an id", 404, f"{BOOKINGS}abc/"),
    get(49, "an id in capitals with braces", 404, f"{BOOKINGS}%7B{uuid.UUID(int=1)}%7D/"),
    get(49, "an id with a NUL byte", 404, f"{BOOKINGS}{uuid.UUID(int=1)}%00/"),
    get(49, "a path that climbs", 404, f"{BOOKINGS}../../../etc/passwd"),
    Abuse(51, "true for an id", 400, body={"teacher_id": True}),
    Abuse(51, "a number for an id", 400, body={"teacher_id": 1}),
    Abuse(51, "an object for an id", 400, body={"teacher_id": {"id": 1}}),
    Abuse(51, "an array for a time", 400, body={"start_time": [TEN]}),
    Abuse(51, "an object for notes", 400, body={"notes": {"$ne": 1}}),
    start(53, "the last second", "9999-12-31T23:59:59Z"),
    start(53, "the last second, west", "9999-12-31T23:59:00-12:00"),
    start(54, "the first second", "0001-01-01T00:00:00+14:00"),
    start(54, "the year 0", "0000-01-01T00:00:00Z"),
    start(55, "a week date", "2032-W01-1"),
    start(55, "no dashes", "20250115T100000Z"),
    start(55, "digits of another script", "٢٠٢٥-01-15T10:00:00Z"),
    start(55, "a line break after it", f"{TEN}\n"),
    start(55, "an offset of a day", "2025-01-15T10:00:00+24:00"),
    start(56, "a leap second", "2016-12-31T23:59:60Z"),
    start(57, "the past", "2025-01-08T10:00:00Z"),
    start(58, "outside the hours", "2025-01-15T20:00:00Z"),
    start(59, "beyond the horizon", "2027-01-13T10:00:00Z"),
    Abuse(61, "a NUL byte in the notes", 400, body={"notes": "a\x00b"}),
    Abuse(61, "half a character", 400, body=b'{"notes": "\\ud800"}'),
    Abuse(61, "half a character as a name", 400, body=b'{"\\udfff": 1}'),
    Abuse(61, "half a character in the account", 400, "PATCH", ME, b'{"first_name": "\\uDBFF"}'),
    Abuse(62, "notes over the limit", 400, body={"notes": "x" * 2001}),
    Abuse(63, "3 MB of notes", 400, body={"notes": "x" * 3_000_000}),
    Abuse(63, "3 MB of blanks", 400, body=b" " * 3_000_000),
    Abuse(64, "broken UTF-8", 400, body=b'{"notes": "\xff"}'),
    Abuse(64, "UTF-16", 400, body='{"notes": ""}'.encode("utf-16")),
    Abuse(65, "plain text", 415, content_type="text/plain", body=b"{}"),
    Abuse(65, "XML", 415, content_type="application/xml", body=b"<a/>"),
    Abuse(65, "a form", 415, content_type="application/x-www-form-urlencoded", body=b"duration=60"),
    Abuse(65, "a form with files", 415, content_type="multipart/form-data; boundary=x", body=b"--x--"),
    Abuse(65, "a media type that is none", 415, content_type="json", body=b"{}"),
    get(66, "30 February", 400, f"{DAY}2025-02-30"),
    get(66, "another way of writing dates", 400, f"{DAY}15/01/2025"),
    get(66, "no date", 400, DAY),
    get(66, "a date with a NUL byte", 400, f"{DAY}2025-01-15%00"),
    get(66, "a date that is broken UTF-8", 400, f"{DAY}%ff"),
    get(66, "the year 1", 400, f"{DAY}0001-01-01"),
    get(66, "the year 9999", 400, f"{DAY}9999-12-31"),
    get(66, "a schedule to the year 9999", 400, f"{WEEK}9999-12-31"),
    get(67, "a teacher who is none", 400, f"{SLOTS}?teacher_id=abc&date=2025-01-15"),
    get(67, "a superscript", 400, f"{SLOTS}?teacher_id=%C2%B2&date=2025-01-15"),
    get(67, "no teacher", 400, f"{SLOTS}?date=2025-01-15"),
    get(67, "an unknown teacher", 404, f"{SLOTS}?teacher_id={uuid.UUID(int=1)}&date=2025-01-15"),
    get(67, "a student", 404, f"{SLOTS}?teacher_id={{student}}&date=2025-01-15"),
    get(69, "ten years of slots", 400, f"{DAY}2025-01-15&end_date=2035-01-15"),
    get(69, "ten years of schedule", 400, f"{WEEK}2035-01-15"),
    get(69, "an unknown zone", 400, f"{DAY}2025-01-15&timezone=Mars/Olympus"),
    get(69, "a path for a zone", 400, f"{DAY}2025-01-15&timezone=../../etc/passwd"),
    get(69, "a session of 5,000 digits", 400, f"{DAY}2025-01-15&duration={'9' * 5000}"),
    get(69, "page 10^18", 404, f"{MY}?page={10**18}"),
    Abuse(72, "DELETE", 405, "DELETE", f"{BOOKINGS}{{booking}}/"),
    Abuse(72, "PUT", 405, "PUT", f"{BOOKINGS}{{booking}}/", b"{}"),
    Abuse(72, "TRACE", 405, "TRACE", MY),
    Abuse(72, "a method that is none", 405, "BREW", MY),
    get(72, "a move by GET", 405, f"{BOOKINGS}{{booking}}/confirm/"),
    get(72, "an address without its slash", 404, BOOKINGS[:-1]),
    get(72, "an address that is none", 404, "/api/bookings/secrets/"),
    get(85, "another host", 400, MY, headers={"HTTP_HOST": "evil.example"}),
    get(85, "a host that is none", 400, MY, headers={"HTTP_HOST": "a b"}),
]


@pytest.fixture
def names(pending: Booking) -> dict[str, str]:
    return {"teacher": str(pending.teacher_id), "booking": str(pending.id), "student": str(pending.student_id)}


def send(client: Client, abuse: Abuse, names: dict[str, str]) -> Any:
    body, path = abuse.body, abuse.path
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    if isinstance(body, dict):
        sound = {"teacher_id": names["teacher"], "start_time": TEN, "booking_id": names["booking"]}
        body = json.dumps(sound | body).encode()
    headers: Any = abuse.headers
    return client.generic(abuse.method, path, body, abuse.content_type, **headers)


@pytest.mark.parametrize("debug", [False, True], ids=["production", "DEBUG"])
@pytest.mark.parametrize("abuse", ABUSES, ids=lambda abuse: f"{abuse.number} {abuse.what}")
def test_it_is_refused_in_one_shape(
    abuse: Abuse, debug: bool, names: dict[str, str], carl: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(abuse.who))
    with nothing_changes(), override_settings(DEBUG=debug):
        answer = send(client, abuse, names)
    assert answer.status_code == abuse.status, answer.content[:500]
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert {"error", "code"} <= set(body) <= {"error", "code", "details"}
    assert isinstance(body["error"], str)
    assert len(answer.content) < 6000
    if abuse.status == 405:
        assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]


# --- What is answered, and harmless ---


def test_36_filters_cannot_widen_what_is_seen(pending: Booking, bob: User, api_for: Api) -> None:
    for name in ("student", "student_id", "teacher", "user_id", "id__in"):
        assert api_for(bob).get(MY, {name: str(pending.student_id)}).json()["count"] == 0


def test_37_fields_that_are_not_the_callers_are_never_applied(
    maria: User, alice: User, bob: User, api_for: Api
) -> None:
    foreign = {"id": str(uuid.UUID(int=1)), "status": "CONFIRMED", "student": str(bob.id), "zoom_meeting_id": "1"}
    wish = {"teacher_id": str(maria.id), "start_time": TEN}
    answer = api_for(alice).post(BOOKINGS, wish | foreign | {"created_at": "2000-01-01T00:00:00Z"})
    assert answer.status_code == 201
    booking = Booking.objects.get()
    assert (booking.student, booking.status, booking.zoom_meeting_id) == (alice, Status.PENDING, None)
    assert booking.id != uuid.UUID(int=1)


def test_38_no_host_secret_is_shown(pending: Booking, maria: User, alice: User, api_for: Api, zoom: FakeZoom) -> None:
    confirmed = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
    student = api_for(alice).get(f"{BOOKINGS}{pending.id}/")
    for answer in (confirmed, student):
        assert answer.status_code == 200
        assert b"host-secret" not in answer.content
        assert b"start_url" not in answer.content


def test_39_the_link_is_the_parties_alone(confirmed: Booking, bob: User, carl: User, api_for: Api) -> None:
    link = str(confirmed.zoom_join_url)
    asked = {"teacher_id": str(confirmed.teacher_id), **dict.fromkeys(("date", "start_date", "end_date"), "2025-01-15")}
    for stranger in (bob, carl):
        client = api_for(stranger)
        for path in (MY, BOOKINGS, SLOTS, SCHEDULE, f"{BOOKINGS}{confirmed.id}/", AVAILABILITY, FEEDBACK):
            assert link not in client.get(path, asked).content.decode()


def test_41_nobody_makes_themselves_a_teacher(alice: User, api_for: Api) -> None:
    answer = api_for(alice).patch(ME, {"role": "teacher", "is_superuser": True})
    assert answer.status_code == 400
    alice.refresh_from_db()
    assert (alice.role, alice.is_superuser) == ("student", False)


def test_50_of_duplicate_keys_the_last_counts(maria: User, alice: User, api_for: Api) -> None:
    body = f'{{"teacher_id": "{maria.id}", "start_time": "{TEN}", "duration": 480, "duration": 30}}'
    answer = api_for(alice).generic("POST", BOOKINGS, body, "application/json")
    assert (answer.status_code, answer.json()["duration_minutes"]) == (201, 30)


def test_61_whole_characters_are_welcome(maria: User, alice: User, api_for: Api) -> None:
    body = f'{{"teacher_id": "{maria.id}", "start_time": "{TEN}", "notes": "\\ud83d\\ude00 ñ é \\u00e9"}}'
    answer = api_for(alice).generic("POST", BOOKINGS, body, "application/json; charset=utf-8")
    assert answer.json()["notes"] == "😀 ñ é é"


def test_68_of_a_repeated_parameter_the_last_counts(maria: User, alice: User, api_for: Api) -> None:
    path = f"{SLOTS}?teacher_id={maria.id}&date=2025-01-15&duration=60&duration=480"
    assert len(api_for(alice).get(path).json()["available_slots"]) == 1


def test_69_a_page_has_at_most_a_hundred(alice: User, api_for: Api) -> None:
    assert api_for(alice).get(MY, {"page_size": str(10**9)}).status_code == 200


@pytest.mark.parametrize("word", ["xml", "html", "api", "json", "\x00"])
def test_71_another_format_is_not_a_fault(word: str, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(MY, {"format": word})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("wanted", ["text/html", "application/xml", "*/*", "nonsense"])
def test_71_there_is_no_page_to_browse(wanted: str, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(MY, HTTP_ACCEPT=wanted)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.status_code in (200, 406)


NASTY = [
    "<script>alert(1)</script>",
    '=HYPERLINK("https://evil.example")',
    "{{ 7 * 7 }} ${7*7} %s %(a)s",
    "'; DROP TABLE bookings_booking; --",
    "\r\nBCC: all@example.com\r\n",
    "\u202egnp.exe",
]


@pytest.mark.parametrize("notes", NASTY)
def test_76_notes_come_back_as_they_were(notes: str, maria: User, alice: User, api_for: Api, zoom: FakeZoom) -> None:
    wish = {"teacher_id": str(maria.id), "start_time": TEN, "notes": notes}
    booking = api_for(alice).post(BOOKINGS, wish).json()
    assert booking["notes"] == notes.strip()
    assert api_for(maria).post(f"{BOOKINGS}{booking['id']}/confirm/").status_code == 200
    [made] = zoom.meetings.values()
    assert made["agenda"].startswith(f"{booking['id']}\n")
    assert made["topic"] == "Alice Adams with Maria Garcia"


def test_77_notes_cannot_pass_for_another_bookings_marker(
    pending: Booking, maria: User, bob: User, api_for: Api, zoom: FakeZoom
) -> None:
    """Bob writes the id of Alice's booking into his notes: her search must not find his meeting."""
    wish = {"teacher_id": str(maria.id), "start_time": "2025-01-15T14:00:00Z", "notes": f"{pending.id}\nmine"}
    his = api_for(bob).post(BOOKINGS, wish).json()["id"]
    theirs = api_for(maria).post(f"{BOOKINGS}{his}/confirm/").json()["zoom_info"]["meeting_id"]
    zoom.fail("POST", Failure(status=500))
    api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
    answer = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
    assert answer.status_code == 200
    assert answer.json()["zoom_info"]["meeting_id"] != theirs
    assert int(theirs) in zoom.meetings


def test_78_nobody_holds_all_slots(maria: User, carl: User, alice: User, api_for: Api) -> None:
    Availability.objects.update(start_time="00:00", end_time="00:00")
    statuses = [
        api_for(alice)
        .post(
            BOOKINGS,
            {"teacher_id": str(maria.id), "start_time": f"2025-01-15T{hour:02}:{minute}:00Z", "duration": 30},
        )
        .status_code
        for hour in range(11)
        for minute in ("00", "30")
    ]
    assert statuses == [201] * 20 + [400] * 2


def test_80_foreign_and_missing_answer_alike(pending: Booking, bob: User, api_for: Api) -> None:
    client = api_for(bob)
    for path in ("", "confirm/", "cancel/", "complete/"):
        method = "POST" if path else "GET"
        foreign = client.generic(method, f"{BOOKINGS}{pending.id}/{path}", "{}", "application/json")
        missing = client.generic(method, f"{BOOKINGS}{uuid.uuid4()}/{path}", "{}", "application/json")
        assert (
            (foreign.status_code, foreign.content) == (missing.status_code, missing.content) == (404, missing.content)
        )


def test_94_zooms_answers_are_not_trusted(pending: Booking, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    for link in ("javascript:alert(1)", "https://evil.example/j/1", "https://zoom.us.evil.example/j/1", None, 5):
        zoom.fail("POST", Failure(status=201, body={"id": 1, "join_url": link, "password": "x"}))
        answer = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
        assert (answer.status_code, answer.json()["code"]) == (500, "zoom_failed")
        pending.refresh_from_db()
        assert (pending.status, pending.zoom_join_url) == (Status.PENDING, None)
