"""Pages of other origins: those that are named may call the API and read every answer, all others nothing."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings
from rest_framework import exceptions

from accounts.authentication.dev_tokens import mint
from bookings import errors as domain
from rag_app.tests.environments import DEVELOPMENT, PRODUCTION, read
from rag_app.tests.failing_urls import Failing

PAGE, FOREIGN = "https://app.example.com", "https://evil.example.com"
TEACHERS = "/api/accounts/teachers/"


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [PAGE, "http://localhost:5173"]
    settings.CORS_ALLOWED_ORIGIN_REGEXES = []


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def preflight(client: Client, origin: str, *, path: str = TEACHERS, method: str = "GET") -> Any:
    """Send the preflight request of a browser."""
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    return client.options(path, headers={"Origin": origin} | asked)


def cors_headers(answer: Any) -> set[str]:
    return {name for name in answer.headers if name.lower().startswith("access-control-")}


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [TEACHERS, "/api/bookings/bookings/", "/api/nothing/here/"])
def test_a_preflight_needs_no_token_and_reaches_no_view(path: str, method: str, client: Client) -> None:
    answer = preflight(client, PAGE, path=path, method=method)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert method.lower() in words(answer["Access-Control-Allow-Methods"])
    assert words(answer["Access-Control-Allow-Headers"]) == {
        "authorization",
        "content-type",
        "idempotency-key",
        "if-none-match",
        "x-request-id",
        "traceparent",
        "tracestate",
        "sentry-trace",
        "baggage",
    }
    assert answer["Access-Control-Max-Age"] == "86400"
    assert "origin" in words(answer["Vary"])


@pytest.mark.django_db
def test_a_named_page_reads_the_answer_and_its_headers(client: Client) -> None:
    token = mint(user_id=uuid.uuid4(), email="somebody@example.com")
    answer = client.get(TEACHERS, headers={"Origin": PAGE, "Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (200, PAGE)
    told = {"etag", "idempotent-replayed", "location", "ratelimit", "ratelimit-policy", "retry-after"}
    told |= {"www-authenticate", "x-request-id"}
    assert words(answer["Access-Control-Expose-Headers"]) == told
    # A token is sent on purpose; a cookie would be sent by any page.
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert {"origin", "authorization"} <= words(answer["Vary"])


@pytest.mark.parametrize(
    "origin",
    [
        FOREIGN,
        "null",
        "",
        "http://app.example.com",
        f"{PAGE}:8443",
        f"{PAGE}.evil.example.com",
        "https://evil.example.com/https://app.example.com",
        "https://[",
    ],
)
def test_a_page_of_another_origin_gets_no_cors_headers(origin: str, client: Client) -> None:
    for answer in (preflight(client, origin), client.get(TEACHERS, headers={"Origin": origin})):
        assert cors_headers(answer) == set()
        assert "origin" in words(answer["Vary"])


def test_no_cors_headers_without_an_origin(client: Client) -> None:
    assert cors_headers(client.get(TEACHERS)) == set()


@pytest.mark.parametrize("path", ["/healthz", "/admin/login/", "/static/admin/css/base.css", "/apiary/"])
@pytest.mark.django_db
def test_only_the_api_has_cors_headers(path: str, client: Client) -> None:
    assert cors_headers(client.get(path, headers={"Origin": PAGE})) == set()
    assert cors_headers(preflight(client, PAGE, path=path)) == set()


@pytest.mark.parametrize(
    ("request_of", "status"),
    [
        (lambda client, headers: client.get(TEACHERS, headers=headers), 401),
        (lambda client, headers: client.get("/api/nothing/here/", headers=headers), 404),
        (lambda client, headers: client.post(TEACHERS, headers=headers), 401),
        (lambda client, headers: client.get(TEACHERS, headers=headers | {"Host": "evil.example.com"}), 400),
        (lambda client, headers: client.get("/api/bookings/bookings/not-an-id/", headers=headers), 404),
    ],
    ids=["no token", "no such address", "no token to write with", "another host", "no such id"],
)
def test_a_page_reads_every_refusal(request_of: Any, status: int, client: Client) -> None:
    answer = request_of(client, {"Origin": PAGE})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (status, PAGE)
    assert answer.json()["error"]
    assert cors_headers(request_of(client, {"Origin": FOREIGN})) == set()


@pytest.mark.urls("rag_app.tests.failing_urls")
@pytest.mark.parametrize("path", ["/api/failing/", "/api/outside/"])
@pytest.mark.parametrize(
    "error",
    [PermissionDenied(), exceptions.Throttled(3), RuntimeError(), domain.Busy(), OperationalError()],
    ids=["403", "429", "500", "503 of ours", "503 of the database"],
)
def test_a_page_reads_every_failure(error: Exception, path: str, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(Failing, "error", error)
    answer = client.get(path, headers={"Origin": PAGE})
    assert answer.status_code >= 400
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert answer.json()["error"]


@pytest.mark.urls("rag_app.tests.failing_urls")
def test_a_page_can_read_retry_after(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Failing, "error", exceptions.Throttled(2.1))
    answer = client.get("/api/failing/", headers={"Origin": PAGE})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3")
    assert "retry-after" in words(answer["Access-Control-Expose-Headers"])


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("http://127.0.0.1:5173", True),
        ("http://localhost:4200", True),
        ("http://localhost:8080", True),
        ("http://localhost:9999", False),
        ("https://localhost:3000", False),
        ("http://localhost:3000.evil.example", False),
        ("http://evil.example:3000", False),
    ],
)
def test_development_allows_the_usual_front_end_ports(
    origin: str, allowed: bool, client: Client, settings: Settings
) -> None:
    settings.CORS_ALLOWED_ORIGIN_REGEXES = read(DEVELOPMENT)["CORS_ALLOWED_ORIGIN_REGEXES"]
    assert ("Access-Control-Allow-Origin" in preflight(client, origin).headers) is allowed


def test_production_allows_no_default_origins() -> None:
    assert read(PRODUCTION)["CORS_ALLOWED_ORIGIN_REGEXES"] == []
