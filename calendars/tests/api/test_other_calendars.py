"""GET, POST /api/accounts/me/calendars/ and DELETE /api/accounts/me/calendars/<id>/"""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from bookings.models import BusyElsewhere
from bookings.scheduling.slots import Span
from bookings.services.busy_elsewhere import replace_busy
from bookings.tests.conftest import Api, at, refused
from calendars import others
from calendars.models import OtherCalendar
from conftest import NOW

CALENDARS = "/api/accounts/me/calendars/"
ADDRESS = "https://calendar.google.com/calendar/ical/maria/private-secret/basic.ics"
BODY = {"name": "Private", "address": ADDRESS}


@pytest.fixture
def calendar(maria: User) -> OtherCalendar:
    found = others.add(teacher=maria, address=ADDRESS, name="Private", now=NOW)
    replace_busy(teacher_id=maria.id, source=found.pk, spans=[Span(at("12:00"), at("13:00"))])
    return found


def shown(calendar: OtherCalendar) -> dict[str, Any]:
    return {
        "id": str(calendar.pk),
        "kind": "ics",
        "name": "Private",
        "username": "",
        "host": "calendar.google.com",
        "created_at": "2025-01-10T12:00:00Z",
        "fetched_at": None,
        "failing_since": None,
        "error": "",
        "ignored_events": 0,
    }


def test_a_calendar_is_added_and_due_at_once(maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(CALENDARS, BODY)
    made = OtherCalendar.objects.get()
    assert (answer.status_code, answer.json()) == (201, shown(made))
    assert answer.headers["Location"] == f"{CALENDARS}{made.pk}/"
    assert (made.teacher, made.address, made.due_at) == (maria, ADDRESS, NOW)
    assert "private-secret" not in answer.content.decode()


def test_a_name_is_not_needed_and_webcal_is_https(maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(CALENDARS, {"address": "webcal://p1.icloud.com/published/2/a.ics"})
    assert (answer.status_code, answer.json()["name"], answer.json()["host"]) == (201, "", "p1.icloud.com")
    assert OtherCalendar.objects.get().address == "https://p1.icloud.com/published/2/a.ics"


def test_a_teacher_lists_only_their_own(calendar: OtherCalendar, maria: User, carl: User, api_for: Api) -> None:
    answer = api_for(maria).get(CALENDARS)
    assert answer.json()["results"] == [shown(calendar)]
    assert "private-secret" not in answer.content.decode()
    assert api_for(carl).get(CALENDARS).json()["results"] == []


def test_a_failure_is_shown_as_a_sentence(calendar: OtherCalendar, maria: User, api_for: Api) -> None:
    sentence = "There is no calendar at this address (404)."
    OtherCalendar.objects.update(failing_since=NOW, last_error=sentence, ignored_events=2)
    [one] = api_for(maria).get(CALENDARS).json()["results"]
    assert (one["failing_since"], one["error"], one["ignored_events"]) == ("2025-01-10T12:00:00Z", sentence, 2)


def test_a_calendar_is_removed_with_its_busy_times(calendar: OtherCalendar, maria: User, api_for: Api) -> None:
    other = uuid.uuid4()
    replace_busy(teacher_id=maria.id, source=other, spans=[Span(at("15:00"), at("16:00"))])
    assert api_for(maria).delete(f"{CALENDARS}{calendar.pk}/").status_code == 204
    assert not OtherCalendar.objects.exists()
    assert [row.source for row in BusyElsewhere.objects.all()] == [other]


def test_it_needs_a_token(calendar: OtherCalendar, api_for: Api) -> None:
    nobody = api_for(None)
    assert nobody.get(CALENDARS).status_code == 401
    assert nobody.post(CALENDARS, BODY).status_code == 401
    assert nobody.delete(f"{CALENDARS}{calendar.pk}/").status_code == 401
    assert OtherCalendar.objects.count() == 1


def test_another_teachers_is_not_found(calendar: OtherCalendar, carl: User, api_for: Api) -> None:
    assert refused(api_for(carl).delete(f"{CALENDARS}{calendar.pk}/"), 404, "Not found.", "not_found")
    assert (OtherCalendar.objects.count(), BusyElsewhere.objects.count()) == (1, 1)


@pytest.mark.parametrize("who", ["alice", "root"])
def test_only_teachers_can_add_calendars(
    who: str, calendar: OtherCalendar, api_for: Api, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(who))
    sentence = "Only teachers can name other calendars"
    for answer in (
        client.get(CALENDARS),
        client.post(CALENDARS, BODY),
        client.delete(f"{CALENDARS}{calendar.pk}/"),
    ):
        assert refused(answer, 403, sentence, "permission_denied")
    assert OtherCalendar.objects.count() == 1


def test_at_most_five_calendars_are_allowed(maria: User, carl: User, api_for: Api) -> None:
    for number in range(5):
        assert api_for(maria).post(CALENDARS, {"address": f"https://c.example/{number}.ics"}).status_code == 201
    answer = api_for(maria).post(CALENDARS, {"address": "https://c.example/5.ics"})
    assert refused(answer, 400, "You can have at most 5 calendars; delete one first", "too_many")
    assert OtherCalendar.objects.filter(teacher=maria).count() == 5
    assert api_for(carl).post(CALENDARS, {"address": "https://c.example/0.ics"}).status_code == 201


def test_duplicates_are_refused(calendar: OtherCalendar, maria: User, api_for: Api) -> None:
    assert refused(api_for(maria).post(CALENDARS, BODY), 400, "This calendar is there already", "duplicate")
    assert OtherCalendar.objects.count() == 1


def test_a_repeated_request_adds_one_calendar(maria: User, api_for: Api) -> None:
    answers = [api_for(maria).post(CALENDARS, BODY, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert OtherCalendar.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({}, "address", "This field is required."),
        ({"address": 7}, "address", "Not a valid string."),
        ({"address": "nonsense"}, "address", "This is not the address of a calendar."),
        ({"address": "ftp://c.example/a.ics"}, "address", "The address must begin with https://."),
        ({"address": "file:///etc/passwd"}, "address", "This is not the address of a calendar."),
        (
            {"address": "https://me:pass@c.example/"},
            "address",
            "An address with a user name or password in it is not supported.",
        ),
        (
            {"address": f"https://c.example/{'a' * 1000}"},
            "address",
            "Ensure this field has no more than 1000 characters.",
        ),
        ({"address": f"https://c.example/{'ü' * 900}"}, "address", "The address is longer than 1000 characters."),
        (BODY | {"name": "a\nb"}, "name", "Control characters are not allowed."),
        (BODY | {"host": "c.example"}, "host", "This cannot be changed here."),
        (BODY | {"teacher": "x"}, "teacher", "There is no such field here."),
    ],
)
def test_a_bad_body_is_refused(body: dict[str, Any], field: str, sentence: str, maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(CALENDARS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["details"] == {field: [sentence]}
    assert not OtherCalendar.objects.exists()


def test_http_is_refused_in_production(maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(CALENDARS, {"address": "http://c.example/a.ics"})
    assert answer.json()["details"] == {"address": ["The address must begin with https://."]}


def test_an_admin_session_is_not_accepted_instead_of_a_token(maria: User) -> None:
    browser = Client()
    browser.force_login(maria, backend="accounts.backends.SupabaseBackend")
    assert browser.post(CALENDARS, BODY, content_type="application/json").status_code == 401
    assert not OtherCalendar.objects.exists()


def test_refusals_are_in_the_callers_language(calendar: OtherCalendar, maria: User, bob: User, api_for: Api) -> None:
    spanish: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": "es"}
    again = api_for(maria).post(CALENDARS, BODY, **spanish)
    assert refused(again, 400, "Este calendario ya existe", "duplicate")
    wrong = api_for(maria).post(CALENDARS, BODY | {"address": "ftp://example.com/a.ics"}, **spanish)
    assert refused(wrong, 400, "address: La dirección debe empezar por https://.", "invalid")
    not_a_teacher = api_for(bob).post(CALENDARS, BODY, **spanish)
    assert refused(not_a_teacher, 403, "Solo docentes pueden indicar otros calendarios", "permission_denied")
