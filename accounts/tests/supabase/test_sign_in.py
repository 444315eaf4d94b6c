"""accounts.supabase.client: signing in through the supabase package, against a stand-in of Supabase's auth server."""

import json
import subprocess
import sys
import threading
import uuid
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from accounts.authentication.dev_tokens import mint
from accounts.supabase import client as supabase_admin
from accounts.supabase.client import SupabaseUnavailable, sign_in

USER_ID = uuid.UUID(int=7)
SECRET = "a-secret-for-the-tests-of-at-least-32-characters"


class AuthServer(httpx.BaseTransport):
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.content: Any = {}
        self.error: Exception | None = None
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.error:
            raise self.error
        content = self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()
        headers = {"X-Supabase-Api-Version": "2024-01-01"}
        return httpx.Response(self.status, stream=httpx.ByteStream(content), headers=headers)


@pytest.fixture
def auth(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AuthServer:
    settings.SUPABASE_URL = "https://project.invalid"
    settings.SUPABASE_ANON_KEY = "anon-key"
    settings.SUPABASE_JWT_SECRET = SECRET
    server = AuthServer()
    monkeypatch.setattr(httpx.Client, "_init_transport", lambda *_, **__: server)
    return server


def session(token: str) -> dict[str, Any]:
    """Supabase's response to a right password: supabase.com/docs/reference/python/auth-signinwithpassword"""
    user = {
        "id": str(USER_ID),
        "aud": "authenticated",
        "app_metadata": {},
        "user_metadata": {},
        "created_at": "2025-01-01T00:00:00Z",
    }
    return {"access_token": token, "refresh_token": "r", "expires_in": 3600, "token_type": "bearer", "user": user}


def refusal(code: str) -> dict[str, str]:
    return {"code": code, "message": "No."}


def test_a_successful_sign_in_returns_the_claims(auth: AuthServer) -> None:
    auth.content = session(mint(user_id=USER_ID, email="maria@example.com", role="teacher", first_name="Maria"))
    found = sign_in("maria@example.com", "her-password")
    assert found is not None
    claims = found.claims
    assert (claims.user_id, claims.email, claims.role) == (USER_ID, "maria@example.com", "teacher")
    [request] = auth.requests
    assert str(request.url) == "https://project.invalid/auth/v1/token?grant_type=password"
    assert request.headers["apikey"] == "anon-key"
    assert json.loads(request.content)["password"] == "her-password"


def test_it_starts_no_thread_and_every_wait_has_a_limit(auth: AuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase_admin, "PAGE", supabase_admin.PAGE._replace(wait=2))
    auth.content = session(mint(user_id=USER_ID))
    before = set(threading.enumerate())
    sign_in("maria@example.com", "her-password")
    assert set(threading.enumerate()) <= before
    timeouts = auth.requests[0].extensions["timeout"]
    assert timeouts == {"connect": 1, "read": 2, "write": 2, "pool": 2}


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "invalid_credentials"), (400, "email_not_confirmed"), (403, "user_banned"), (422, "validation_failed")],
)
def test_refused_credentials_give_no_session(auth: AuthServer, status: int, code: str) -> None:
    auth.status, auth.content = status, refusal(code)
    assert sign_in("maria@example.com", "wrong") is None


@pytest.mark.parametrize(
    "token",
    [mint(user_id=USER_ID, hours=-1), mint(user_id=USER_ID, hours=25), "no token"],
    ids=["expired", "too long a life", "no token"],
)
def test_a_session_that_the_api_would_refuse_is_refused_here(auth: AuthServer, token: str) -> None:
    auth.content = session(token)
    assert sign_in("maria@example.com", "her-password") is None


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (401, refusal("no_authorization")),
        (429, refusal("over_request_rate_limit")),
        (500, refusal("unexpected_failure")),
        (503, b"<html>"),
        (200, b"<html>"),
        (200, b"[]"),
        (302, b""),
    ],
)
def test_an_inconclusive_response_is_an_outage(auth: AuthServer, status: int, content: Any) -> None:
    auth.status, auth.content = status, content
    with pytest.raises(SupabaseUnavailable):
        sign_in("maria@example.com", "her-password")


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ReadTimeout("late"), httpx.RemoteProtocolError("?")])
def test_no_response_is_an_outage_and_reveals_no_secret(auth: AuthServer, error: Exception) -> None:
    auth.error = error
    with pytest.raises(SupabaseUnavailable) as failure:
        sign_in("maria@example.com", "her-password")
    assert str(failure.value) == "It returned no usable response (AuthRetryableError)."
    assert len(auth.requests) == 1


@pytest.mark.parametrize("name", ["SUPABASE_URL", "SUPABASE_ANON_KEY"])
def test_no_request_is_sent_if_supabase_is_not_configured(auth: AuthServer, settings: Settings, name: str) -> None:
    setattr(settings, name, "")
    assert sign_in("maria@example.com", "her-password") is None
    assert auth.requests == []


@pytest.mark.parametrize(("email", "password"), [("", "her-password"), ("maria@example.com", "")])
def test_no_request_is_sent_without_email_and_password(auth: AuthServer, email: str, password: str) -> None:
    assert sign_in(email, password) is None
    assert auth.requests == []


def test_the_slow_package_is_not_imported_before_it_is_needed() -> None:
    program = f"import sys, {supabase_admin.__name__}; sys.exit('supabase' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
