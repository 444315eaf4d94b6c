"""Abusive and malformed requests, each with the status it is answered."""

import uuid
from typing import Any, NamedTuple

from bookings.tests.conftest import BOOKINGS

SLOTS, SCHEDULE = "/api/bookings/slots/available/", "/api/bookings/schedule/"
AVAILABILITY, FEEDBACK = "/api/bookings/availability/", "/api/bookings/feedback/"
MY, ME = f"{BOOKINGS}my/", "/api/accounts/me/"
TEN = "2025-01-15T10:00:00Z"


class Abuse(NamedTuple):
    """A request and its answer. `body`: bytes are sent as they are; a dict is added to a request that is sound."""

    what: str
    status: int
    method: str = "POST"
    path: str = BOOKINGS
    body: Any = b""
    content_type: str = "application/json"
    headers: dict[str, str] = {}
    who: str = "alice"


def get(what: str, status: int, path: str, **more: Any) -> Abuse:
    return Abuse(what, status, "GET", path, **more)


def start(what: str, value: Any) -> Abuse:
    return Abuse(what, 400, body={"start_time": value})


# {teacher}, {booking} stand for Maria's id and that of Alice's pending booking.
DAY = f"{SLOTS}?teacher_id={{teacher}}&date="
WEEK = f"{SCHEDULE}?teacher_id={{teacher}}&start_date=2025-01-15&end_date="
ABUSES = [
    get("another student's booking", 404, f"{BOOKINGS}{{booking}}/", who="bob"),
    Abuse("another student's booking, changed", 404, "PATCH", f"{BOOKINGS}{{booking}}/", b'{"notes":""}', who="bob"),
    Abuse("another student's booking, cancelled", 404, path=f"{BOOKINGS}{{booking}}/cancel/", who="bob"),
    Abuse("another student's booking, moved", 404, path=f"{BOOKINGS}{{booking}}/reschedule/", body={}, who="bob"),
    Abuse("another student's booking, rated", 404, path=FEEDBACK, body={"rating": 5}, who="bob"),
    Abuse("another teacher's request", 404, path=f"{BOOKINGS}{{booking}}/confirm/", who="carl"),
    Abuse("the student's own request", 403, path=f"{BOOKINGS}{{booking}}/confirm/"),
    Abuse("a teacher who books themselves", 403, body={}, who="maria"),
    Abuse("no JSON", 400, body=b"hello"),
    Abuse("JSON that breaks off", 400, body=b'{"notes": "a'),
    Abuse("single quotes", 400, body=b"{'notes': 'a'}"),
    Abuse("an array", 400, body=b"[]"),
    Abuse("null", 400, body=b"null"),
    Abuse("a string", 400, body=b'"a"'),
    Abuse("a number", 400, body=b"1"),
    Abuse("an empty body", 400),
    Abuse("an empty object", 400, body=b"{}"),
    Abuse("NaN", 400, body=b'{"duration": NaN}'),
    Abuse("Infinity", 400, body=b'{"duration": -Infinity}'),
    Abuse("a number beyond all numbers", 400, body=b'{"duration": 1e999}'),
    Abuse("100,000 arrays inside each other", 400, body=b'{"notes":' + b"[" * 100_000),
    Abuse("100,000 objects inside each other", 400, body=b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    Abuse("5,000 digits", 400, body=b'{"duration": ' + b"9" * 5000 + b"}"),
    Abuse("5,000 digits as text", 400, body={"duration": "9" * 5000}),
    get("a number for an id", 404, f"{BOOKINGS}{2**63}/"),
    get("a word for an id", 404, f"{BOOKINGS}abc/"),
    get("an id in capitals with braces", 404, f"{BOOKINGS}%7B{uuid.UUID(int=1)}%7D/"),
    get("an id with a NUL byte", 404, f"{BOOKINGS}{uuid.UUID(int=1)}%00/"),
    get("a path that climbs", 404, f"{BOOKINGS}../../../etc/passwd"),
    Abuse("true for an id", 400, body={"teacher_id": True}),
    Abuse("a number for an id", 400, body={"teacher_id": 1}),
    Abuse("an object for an id", 400, body={"teacher_id": {"id": 1}}),
    Abuse("an array for a time", 400, body={"start_time": [TEN]}),
    Abuse("an object for notes", 400, body={"notes": {"$ne": 1}}),
    start("the last second", "9999-12-31T23:59:59Z"),
    start("the last second, west", "9999-12-31T23:59:00-12:00"),
    start("the first second", "0001-01-01T00:00:00+14:00"),
    start("the year 0", "0000-01-01T00:00:00Z"),
    start("a week date", "2032-W01-1"),
    start("no dashes", "20250115T100000Z"),
    start("digits of another script", "٢٠٢٥-01-15T10:00:00Z"),
    start("a line break after it", f"{TEN}\n"),
    start("an offset of a day", "2025-01-15T10:00:00+24:00"),
    start("a leap second", "2016-12-31T23:59:60Z"),
    start("the past", "2025-01-08T10:00:00Z"),
    start("outside the hours", "2025-01-15T20:00:00Z"),
    start("beyond the horizon", "2027-01-13T10:00:00Z"),
    Abuse("a NUL byte in the notes", 400, body={"notes": "a\x00b"}),
    Abuse("half a character", 400, body=b'{"notes": "\\ud800"}'),
    Abuse("half a character as a name", 400, body=b'{"\\udfff": 1}'),
    Abuse("half a character in the account", 400, "PATCH", ME, b'{"first_name": "\\uDBFF"}'),
    Abuse("notes over the limit", 400, body={"notes": "x" * 2001}),
    Abuse("3 MB of notes", 400, body={"notes": "x" * 3_000_000}),
    Abuse("3 MB of blanks", 400, body=b" " * 3_000_000),
    Abuse("broken UTF-8", 400, body=b'{"notes": "\xff"}'),
    Abuse("UTF-16", 400, body='{"notes": ""}'.encode("utf-16")),
    Abuse("plain text", 415, content_type="text/plain", body=b"{}"),
    Abuse("XML", 415, content_type="application/xml", body=b"<a/>"),
    Abuse("a form", 415, content_type="application/x-www-form-urlencoded", body=b"duration=60"),
    Abuse("a form with files", 415, content_type="multipart/form-data; boundary=x", body=b"--x--"),
    Abuse("a media type that is none", 415, content_type="json", body=b"{}"),
    get("30 February", 400, f"{DAY}2025-02-30"),
    get("another way of writing dates", 400, f"{DAY}15/01/2025"),
    get("no date", 400, DAY),
    get("a date with a NUL byte", 400, f"{DAY}2025-01-15%00"),
    get("a date that is broken UTF-8", 400, f"{DAY}%ff"),
    get("the year 1", 400, f"{DAY}0001-01-01"),
    get("the year 9999", 400, f"{DAY}9999-12-31"),
    get("a schedule to the year 9999", 400, f"{WEEK}9999-12-31"),
    get("a teacher who is none", 400, f"{SLOTS}?teacher_id=abc&date=2025-01-15"),
    get("a superscript", 400, f"{SLOTS}?teacher_id=%C2%B2&date=2025-01-15"),
    get("no teacher", 400, f"{SLOTS}?date=2025-01-15"),
    get("an unknown teacher", 404, f"{SLOTS}?teacher_id={uuid.UUID(int=1)}&date=2025-01-15"),
    get("a student", 404, f"{SLOTS}?teacher_id={{student}}&date=2025-01-15"),
    get("ten years of slots", 400, f"{DAY}2025-01-15&end_date=2035-01-15"),
    get("ten years of schedule", 400, f"{WEEK}2035-01-15"),
    get("an unknown zone", 400, f"{DAY}2025-01-15&timezone=Mars/Olympus"),
    get("a path for a zone", 400, f"{DAY}2025-01-15&timezone=../../etc/passwd"),
    get("a session of 5,000 digits", 400, f"{DAY}2025-01-15&duration={'9' * 5000}"),
    get("page 10^18", 404, f"{MY}?page={10**18}"),
    Abuse("DELETE", 405, "DELETE", f"{BOOKINGS}{{booking}}/"),
    Abuse("PUT", 405, "PUT", f"{BOOKINGS}{{booking}}/", b"{}"),
    Abuse("TRACE", 405, "TRACE", MY),
    Abuse("a method that is none", 405, "BREW", MY),
    get("a move by GET", 405, f"{BOOKINGS}{{booking}}/confirm/"),
    get("an address without its slash", 404, BOOKINGS[:-1]),
    get("an address that is none", 404, "/api/bookings/secrets/"),
    get("another host", 400, MY, headers={"HTTP_HOST": "evil.example"}),
    get("a host that is none", 400, MY, headers={"HTTP_HOST": "a b"}),
]
