"""Every abuse of `abuses` is refused in one shape; and what is answered does no harm."""

import json
import uuid
from typing import Any

import pytest
from django.test import override_settings

from accounts.models import User
from bookings.models import Availability, Booking
from bookings.states import Status
from bookings.tests.abuses import ABUSES, AVAILABILITY, FEEDBACK, ME, MY, SCHEDULE, SLOTS, TEN, Abuse
from bookings.tests.conftest import BOOKINGS, Api, nothing_changes
from bookings.tests.fake_zoom import Failure, FakeZoom
from conftest import Client

# Fields of a valid body by URL; a move needs the time alone.
FIELDS = {BOOKINGS: ["teacher_id", "start_time"], FEEDBACK: ["booking_id"]}


@pytest.fixture
def names(pending: Booking) -> dict[str, str]:
    return {"teacher": str(pending.teacher_id), "booking": str(pending.id), "student": str(pending.student_id)}


def send(client: Client, abuse: Abuse, names: dict[str, str]) -> Any:
    body, path = abuse.body, abuse.path
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    if isinstance(body, dict):
        sound = {"teacher_id": names["teacher"], "start_time": TEN, "booking_id": names["booking"]}
        body = json.dumps({name: sound[name] for name in FIELDS.get(path, ["start_time"])} | body).encode()
    headers: Any = abuse.headers
    return client.generic(abuse.method, path, body, abuse.content_type, **headers)


@pytest.mark.parametrize("debug", [False, True], ids=["production", "DEBUG"])
@pytest.mark.parametrize("abuse", ABUSES, ids=lambda abuse: abuse.what)
def test_abuses_are_refused_with_the_standard_error(
    abuse: Abuse, debug: bool, names: dict[str, str], carl: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(abuse.who))
    with nothing_changes(), override_settings(DEBUG=debug):
        answer = send(client, abuse, names)
    assert answer.status_code == abuse.status, answer.content[:500]
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    body = answer.json()
    assert {"error", "code"} <= set(body) <= {"error", "code", "details"}
    assert isinstance(body["error"], str)
    assert len(answer.content) < 6000
    if abuse.status == 405:
        assert "GET" in answer.headers["Allow"] or "POST" in answer.headers["Allow"]


# --- Answered, and harmless ---


def test_filters_cannot_widen_what_is_seen(pending: Booking, bob: User, api_for: Api) -> None:
    for name in ("student", "teacher", "user_id", "id__in"):
        assert api_for(bob).get(MY, {name: str(pending.student_id)}).status_code == 400
    assert api_for(bob).get(MY, {"student_id": str(pending.student_id)}).json()["count"] == 0


def test_fields_of_the_server_are_never_applied(maria: User, alice: User, bob: User, api_for: Api) -> None:
    foreign = {"id": str(uuid.UUID(int=1)), "status": "CONFIRMED", "student": str(bob.id), "zoom_meeting_id": "1"}
    wish = {"teacher_id": str(maria.id), "start_time": TEN}
    answer = api_for(alice).post(BOOKINGS, wish | foreign | {"created_at": "2000-01-01T00:00:00Z"})
    assert (answer.status_code, set(answer.json()["details"])) == (400, {*foreign, "created_at"})
    assert not Booking.objects.exists()


def test_no_host_secret_is_shown(pending: Booking, maria: User, alice: User, api_for: Api, zoom: FakeZoom) -> None:
    confirmed = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
    student = api_for(alice).get(f"{BOOKINGS}{pending.id}/")
    for answer in (confirmed, student):
        assert answer.status_code == 200
        assert b"host-secret" not in answer.content
        assert b"start_url" not in answer.content


def test_only_the_parties_see_the_link(confirmed: Booking, bob: User, carl: User, api_for: Api) -> None:
    link = str(confirmed.zoom_join_url)
    asked = {"teacher_id": str(confirmed.teacher_id), **dict.fromkeys(("date", "start_date", "end_date"), "2025-01-15")}
    for stranger in (bob, carl):
        client = api_for(stranger)
        for path in (MY, BOOKINGS, SLOTS, SCHEDULE, f"{BOOKINGS}{confirmed.id}/", AVAILABILITY, FEEDBACK):
            assert link not in client.get(path, asked).content.decode()


def test_a_caller_cannot_become_a_teacher(alice: User, api_for: Api) -> None:
    answer = api_for(alice).patch(ME, {"role": "teacher", "is_superuser": True})
    assert answer.status_code == 400
    alice.refresh_from_db()
    assert (alice.role, alice.is_superuser) == ("student", False)


def test_of_duplicate_keys_the_last_is_used(maria: User, alice: User, api_for: Api) -> None:
    body = f'{{"teacher_id": "{maria.id}", "start_time": "{TEN}", "duration": 480, "duration": 30}}'
    answer = api_for(alice).generic("POST", BOOKINGS, body, "application/json")
    assert (answer.status_code, answer.json()["duration_minutes"]) == (201, 30)


def test_surrogate_pairs_in_json_are_accepted(maria: User, alice: User, api_for: Api) -> None:
    body = f'{{"teacher_id": "{maria.id}", "start_time": "{TEN}", "notes": "\\ud83d\\ude00 ñ é \\u00e9"}}'
    answer = api_for(alice).generic("POST", BOOKINGS, body, "application/json; charset=utf-8")
    assert answer.json()["notes"] == "😀 ñ é é"


def test_a_repeated_parameter_is_refused(maria: User, alice: User, api_for: Api) -> None:
    path = f"{SLOTS}?teacher_id={maria.id}&date=2025-01-15&duration=60&duration=480"
    answer = api_for(alice).get(path)
    assert (answer.status_code, answer.json()["details"]) == (400, {"duration": ["Send this once."]})


def test_a_page_has_at_most_a_hundred(alice: User, api_for: Api) -> None:
    assert api_for(alice).get(MY, {"page_size": str(10**9)}).status_code == 200


@pytest.mark.parametrize("word", ["xml", "html", "api", "json", "\x00"])
def test_an_unsupported_format_is_not_a_server_error(word: str, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(MY, {"format": word})
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (400, "application/json")


@pytest.mark.parametrize("wanted", ["text/html", "application/xml", "*/*", "nonsense"])
def test_a_browser_gets_json_and_no_browsable_page(wanted: str, alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(MY, HTTP_ACCEPT=wanted)
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.status_code == 200


NASTY = [
    "<script>alert(1)</script>",
    '=HYPERLINK("https://evil.example")',
    "{{ 7 * 7 }} ${7*7} %s %(a)s",
    "'; DROP TABLE bookings_booking; --",
    "\r\nBCC: all@example.com\r\n",
    "\u202egnp.exe",
]


@pytest.mark.parametrize("notes", NASTY)
def test_notes_come_back_as_they_were(notes: str, maria: User, alice: User, api_for: Api, zoom: FakeZoom) -> None:
    wish = {"teacher_id": str(maria.id), "start_time": TEN, "notes": notes}
    booking = api_for(alice).post(BOOKINGS, wish).json()
    assert booking["notes"] == notes.strip()
    assert api_for(maria).post(f"{BOOKINGS}{booking['id']}/confirm/").status_code == 200
    [made] = zoom.meetings.values()
    assert made["agenda"].startswith(f"{booking['id']}\n")
    assert made["topic"] == "Alice Adams with Maria Garcia"


def test_notes_cannot_pass_for_another_bookings_marker(
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


def test_a_student_cannot_hold_all_slots(maria: User, carl: User, alice: User, api_for: Api) -> None:
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


def test_foreign_and_missing_answer_alike(pending: Booking, bob: User, api_for: Api) -> None:
    client = api_for(bob)
    for path in ("", "confirm/", "cancel/", "complete/"):
        method = "POST" if path else "GET"
        foreign = client.generic(method, f"{BOOKINGS}{pending.id}/{path}", "{}", "application/json")
        missing = client.generic(method, f"{BOOKINGS}{uuid.uuid4()}/{path}", "{}", "application/json")
        assert (
            (foreign.status_code, foreign.content) == (missing.status_code, missing.content) == (404, missing.content)
        )


def test_zooms_responses_are_not_trusted(pending: Booking, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    for link in ("javascript:alert(1)", "https://evil.example/j/1", "https://zoom.us.evil.example/j/1", None, 5):
        zoom.fail("POST", Failure(status=201, body={"id": 1, "join_url": link, "password": "x"}))
        answer = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/")
        assert (answer.status_code, answer.json()["code"]) == (500, "zoom_failed")
        pending.refresh_from_db()
        assert (pending.status, pending.zoom_join_url) == (Status.PENDING, None)
