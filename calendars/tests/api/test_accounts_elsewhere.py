"""POST /api/accounts/me/calendars/ with a CalDAV account, and PATCH of its password."""

import json
import logging
from typing import Any

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient
from bookings.models import IdempotencyKey
from bookings.tests.conftest import Api, refused
from calendars import others
from calendars.models import Kind, OtherCalendar
from calendars.reading import CalendarCourier
from conftest import NOW

CALENDARS = "/api/accounts/me/calendars/"
ADDRESS, USERNAME, PASSWORD = "https://caldav.icloud.com/", "maria@icloud.com", "abcd-efgh-ijkl-mnop"
BODY = {"kind": "caldav", "name": "iCloud", "address": ADDRESS, "username": USERNAME, "password": PASSWORD}


@pytest.fixture
def account(maria: User) -> OtherCalendar:
    return others.add(teacher=maria, address=ADDRESS, name="iCloud", username=USERNAME, password=PASSWORD, now=NOW)


@pytest.fixture
def address(maria: User) -> OtherCalendar:
    return others.add(teacher=maria, address="https://c.example/a.ics", name="", now=NOW)


# --- Adding one ---


def test_an_account_is_added_and_its_password_is_not_shown(maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(CALENDARS, BODY)
    made = OtherCalendar.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(made.pk),
        "kind": "caldav",
        "name": "iCloud",
        "username": USERNAME,
        "host": "caldav.icloud.com",
        "created_at": "2025-01-10T12:00:00Z",
        "fetched_at": None,
        "failing_since": None,
        "error": "",
        "ignored_events": 0,
    }
    assert (made.teacher, made.kind, made.address, made.due_at) == (maria, Kind.CALDAV, ADDRESS, NOW)
    assert made.login().password == PASSWORD


def test_a_duplicate_account_is_refused_but_another_on_the_same_server_is_added(
    account: OtherCalendar, maria: User, api_for: Api
) -> None:
    assert refused(api_for(maria).post(CALENDARS, BODY), 400, "This calendar is there already", "duplicate")
    assert api_for(maria).post(CALENDARS, BODY | {"username": "school@icloud.com"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (
            {"kind": "caldav", "address": ADDRESS},
            {"username": ["A CalDAV account needs this."], "password": ["A CalDAV account needs this."]},
        ),
        (BODY | {"kind": "ics"}, {name: ["Only a CalDAV account has this."] for name in ("username", "password")}),
        (
            {"address": ADDRESS, "password": PASSWORD},
            {"password": ["Only a CalDAV account has this."]},
        ),
        (BODY | {"kind": "exchange"}, {"kind": ['"exchange" is not a valid choice: take one of ics, caldav.']}),
        (BODY | {"username": "ma:ria"}, {"username": ["A user name cannot contain a colon."]}),
        (BODY | {"username": "ma\nria"}, {"username": ["Control characters are not allowed."]}),
        (BODY | {"username": ""}, {"username": ["This field may not be blank."]}),
        (BODY | {"password": ""}, {"password": ["This field may not be blank."]}),
        (BODY | {"password": 7}, {"password": ["Not a valid string."]}),
        (BODY | {"password": "x" * 201}, {"password": ["Ensure this field has no more than 200 characters."]}),
        (
            BODY | {"address": "https://me:pass@c.example/"},
            {"address": ["An address with a user name or password in it is not supported."]},
        ),
    ],
)
def test_a_bad_body_is_refused(body: dict[str, Any], details: dict[str, list[str]], maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(CALENDARS, body)
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]) == (400, "invalid", details)
    assert not OtherCalendar.objects.exists()


# --- Changing its password ---


def test_a_new_password_is_tried_at_once(account: OtherCalendar, maria: User, api_for: Api) -> None:
    OtherCalendar.objects.update(failing_since=NOW, last_error="Refused.", refusals=2, due_at="2025-01-11T12:00Z")
    answer = api_for(maria).patch(f"{CALENDARS}{account.pk}/", {"password": " new password "})
    assert answer.status_code == 200
    assert (answer.json()["error"], answer.json()["failing_since"]) == ("", None)
    account.refresh_from_db()
    assert (account.login().password, account.due_at, account.refusals) == (" new password ", NOW, 0)


def test_it_needs_a_token(account: OtherCalendar, api_for: Api) -> None:
    assert api_for(None).patch(f"{CALENDARS}{account.pk}/", {"password": "new"}).status_code == 401
    account.refresh_from_db()
    assert account.login().password == PASSWORD


@pytest.mark.parametrize(("who", "status"), [("carl", 404), ("alice", 403), ("root", 403)])
def test_only_its_teacher_changes_it(
    who: str, status: int, account: OtherCalendar, api_for: Api, request: pytest.FixtureRequest
) -> None:
    client = api_for(request.getfixturevalue(who))
    assert client.patch(f"{CALENDARS}{account.pk}/", {"password": "new"}).status_code == status
    account.refresh_from_db()
    assert account.login().password == PASSWORD


def test_the_password_of_a_plain_address_cannot_be_set(address: OtherCalendar, maria: User, api_for: Api) -> None:
    answer = api_for(maria).patch(f"{CALENDARS}{address.pk}/", {"password": "new"})
    assert answer.json()["details"] == {"password": ["Only a CalDAV account has a password."]}
    address.refresh_from_db()
    assert address.encrypted_password == ""


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, {"password": ["This field is required."]}),
        ({"password": ""}, {"password": ["This field may not be blank."]}),
        ({"password": "new", "name": "New"}, {"name": ["There is no such field here."]}),
    ],
)
def test_a_bad_change_is_refused(
    body: dict[str, Any], details: dict[str, list[str]], account: OtherCalendar, maria: User, api_for: Api
) -> None:
    assert api_for(maria).patch(f"{CALENDARS}{account.pk}/", body).json()["details"] == details
    account.refresh_from_db()
    assert account.login().password == PASSWORD


# --- Where the password is not ---


def test_the_password_is_in_no_answer_page_row_or_log(
    maria: User, root: User, api_for: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = api_for(maria)
    answers = [client.post(CALENDARS, BODY, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    account = OtherCalendar.objects.get()
    CalendarCourier().deliver_due(now=NOW)  # no name resolves here
    account.refresh_from_db()
    assert account.last_error
    shown = [
        *(answer.content.decode() for answer in answers),
        client.get(CALENDARS).content.decode(),
        client.get("/api/accounts/me/export/").getvalue().decode(),
        AdminClient(root).page("calendars/othercalendar/").content.decode(),
        AdminClient(root).page(f"calendars/othercalendar/{account.pk}/change/").content.decode(),
        AdminClient(maria).page("hours/elsewhere/").content.decode(),
        *(repr(account), str(account), repr(account.login()), caplog.text),
    ]
    stored = [
        json.dumps(list(OtherCalendar.objects.values()), default=str),
        json.dumps(list(IdempotencyKey.objects.values()), default=str),
    ]
    for text in shown:
        assert account.encrypted_password not in text
    for text in (*shown, *stored):
        assert PASSWORD not in text


def test_errors_are_in_the_readers_language(account: OtherCalendar, maria: User, api_for: Api) -> None:
    """A worker stores it in English, for readers of any language."""
    OtherCalendar.objects.update(last_error="The calendar's server refuses the user name or the password.")
    answers = {code: api_for(maria).get(CALENDARS, HTTP_ACCEPT_LANGUAGE=code) for code in ("en", "es")}
    assert {code: answer.json()["results"][0]["error"] for code, answer in answers.items()} == {
        "en": "The calendar's server refuses the user name or the password.",
        "es": "El servidor del calendario rechaza el usuario o la contraseña.",
    }
