"""POST /api/accounts/me/admin-link/, and the address that it answers."""

import datetime as dt
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from accounts import views
from accounts.authentication.claims import Claims
from accounts.authentication.dev_tokens import payload
from accounts.factories import make_student
from accounts.models import User
from accounts.supabase.client import SupabaseUnavailable, has_second_factor
from conftest import NOW
from testing.loopback import Quiet, serving

pytestmark = pytest.mark.django_db
PATH = "/api/accounts/me/admin-link/"


def ask(api_for: Any, user: User | None) -> Any:
    return api_for(user).post(PATH)


def secret_address(api_for: Any, user: User) -> str:
    answer = ask(api_for, user)
    assert answer.status_code == 201
    return str(answer.json()["url"]).removeprefix("http://testserver")


@pytest.mark.parametrize("who", ["maria", "root"])
def test_the_address_signs_staff_in_once(who: str, api_for: Any, request: Any) -> None:
    user = request.getfixturevalue(who)
    answer = ask(api_for, user)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["expires_at"] == "2025-01-10T12:01:00Z"
    address = answer.json()["url"].removeprefix("http://testserver")
    browser = Client()
    entered = browser.get(address)
    assert (entered.status_code, entered.headers["Location"]) == (302, "/admin/")
    assert entered.headers["Referrer-Policy"] == "no-referrer"
    assert browser.get("/admin/records/").status_code == 200

    for again in (browser, Client()):
        refused = again.get(address)
        assert refused.status_code == 403
        assert "The link has been used or has expired." in refused.content.decode()


def test_it_works_for_a_minute(api_for: Any, maria: User, time_travel: Callable[[dt.datetime], object]) -> None:
    address = secret_address(api_for, maria)
    time_travel(NOW + dt.timedelta(seconds=60))
    browser = Client()
    assert browser.get(address).status_code == 403
    assert browser.get("/admin/records/").status_code == 302


def test_a_request_without_a_token_gets_no_link(api_for: Any) -> None:
    assert ask(api_for, None).status_code == 401
    assert not Session.objects.exists()


def test_students_get_no_link(api_for: Any) -> None:
    answer = ask(api_for, make_student())
    assert (answer.status_code, answer.json()["error"]) == (403, "Only teachers and staff can sign in to the admin")
    assert not Session.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "student"}])
def test_former_staff_are_refused(change: dict[str, Any], api_for: Any, maria: User) -> None:
    address = secret_address(api_for, maria)
    User.objects.filter(pk=maria.pk).update(**change)
    assert Client().get(address).status_code == 403


@pytest.mark.parametrize("secret", ["", "junk", "%00", "x" * 5000])
def test_an_unknown_secret_is_refused(secret: str, maria: User) -> None:
    assert Client().get(f"/admin/link/?link={secret}").status_code == 403


def test_a_session_key_is_not_accepted_as_a_link(maria: User) -> None:
    signed_in = Client()
    signed_in.force_login(maria, backend="accounts.backends.SupabaseBackend")
    key = signed_in.cookies["sessionid"].value
    assert Client().get(f"/admin/link/?link={key}").status_code == 403
    assert signed_in.get("/admin/records/").status_code == 200


def test_a_link_is_not_accepted_as_a_session_key(api_for: Any, maria: User) -> None:
    browser = Client()
    browser.cookies["sessionid"] = secret_address(api_for, maria).partition("link=")[2]
    assert browser.get("/admin/records/").status_code == 302


# --- The second factor ------------------------------------------------------------------------------------------------


def test_claims_have_a_second_factor_only_with_aal2(maria: User) -> None:
    said = payload(user_id=maria.id, email=maria.email)
    assert [Claims.from_payload(said | {"aal": aal}).has_second_factor for aal in ("aal1", "aal2", None)] == [
        False,
        True,
        False,
    ]


def test_an_enrolled_second_factor_is_required(api_for: Any, maria: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "has_second_factor", lambda _token: True)
    answer = ask(api_for, maria)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("factors", "expected"),
    [([], False), (["verified"], True), (["unverified"], False), (["unverified", "verified"], True)],
)
def test_enrolment_is_looked_up_at_supabase(
    factors: list[str], expected: bool, maria: User, settings: Settings
) -> None:
    asked: list[str | None] = []
    born = "2025-01-01T00:00:00Z"
    known = [
        {"id": str(maria.id), "factor_type": "totp", "status": status, "created_at": born, "updated_at": born}
        for status in factors
    ]
    user = {
        "id": str(maria.id),
        "aud": "authenticated",
        "email": maria.email,
        "factors": known,
        "app_metadata": {},
        "user_metadata": {},
        "created_at": born,
        "updated_at": born,
    }

    class Supabase(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.extend([self.path, self.headers.get("Authorization")])
            body = json.dumps(user).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Supabase) as settings.SUPABASE_URL:
        settings.SUPABASE_ANON_KEY = "anon"
        assert has_second_factor("a-token") == expected
    assert asked == ["/auth/v1/user", "Bearer a-token"]


def test_a_school_may_require_a_second_factor_of_everybody(api_for: Any, maria: User, settings: Settings) -> None:
    settings.ADMIN_SECOND_FACTOR_REQUIRED = True
    assert ask(api_for, maria).status_code == 403


def test_without_a_reply_from_supabase_there_is_no_link(
    api_for: Any, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(token: str) -> bool:
        raise SupabaseUnavailable("It did not answer.")

    monkeypatch.setattr(views, "has_second_factor", away)
    answer = ask(api_for, maria)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert not Session.objects.exists()
