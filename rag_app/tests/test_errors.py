"""Every way of failing has one shape: {"error", "code"}, and "details" where fields are to blame."""

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.http import Http404
from django.test import Client, RequestFactory
from pytest_django import Settings
from rest_framework import exceptions

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student
from accounts.models import User
from bookings import errors as domain
from rag_app.http import errors
from rag_app.tests.failing_urls import SECRET, Failing
from rag_app.urls import handler400, handler403, handler404, handler500


def answer(error: Exception, monkeypatch: pytest.MonkeyPatch, address: str = "/api/failing/") -> Any:
    monkeypatch.setattr(Failing, "error", error)
    return Client(raise_request_exception=False).get(address)


@pytest.mark.urls("rag_app.tests.failing_urls")
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        (domain.Refused("No.", code="wrong_status"), 400, {"error": "No.", "code": "wrong_status"}),
        (domain.Refused(), 400, {"error": "This is not possible.", "code": "refused"}),
        (domain.SlotUnavailable(), 400, {"error": "Time slot is not available", "code": "slot_unavailable"}),
        (
            domain.Invalid("start_time", "Skipped."),
            400,
            {"error": "start_time: Skipped.", "code": "invalid", "details": {"start_time": ["Skipped."]}},
        ),
        (domain.Forbidden("Not yours."), 403, {"error": "Not yours.", "code": "permission_denied"}),
        (domain.Missing("Gone."), 404, {"error": "Gone.", "code": "not_found"}),
        (
            domain.ZoomFailed("Failed to create Zoom meeting: no"),
            500,
            {"error": "Failed to create Zoom meeting: no", "code": "zoom_failed"},
        ),
        (
            domain.Busy(),
            503,
            {"error": "Too many requests for this time at once. Please try again.", "code": "busy"},
        ),
        (Http404(SECRET), 404, {"error": "Not found.", "code": "not_found"}),
        (
            PermissionDenied(SECRET),
            403,
            {"error": "You do not have permission to perform this action.", "code": "permission_denied"},
        ),
        (RequestDataTooBig(SECRET), 400, {"error": "The body is too large.", "code": "parse_error"}),
        (
            OperationalError(SECRET),
            503,
            {"error": "The service is busy. Please try again in a moment.", "code": "unavailable"},
        ),
        (
            InterfaceError(SECRET),
            503,
            {"error": "The service is busy. Please try again in a moment.", "code": "unavailable"},
        ),
        (IntegrityError(SECRET), 500, {"error": "Something went wrong on our side.", "code": "server_error"}),
        (RuntimeError(SECRET), 500, {"error": "Something went wrong on our side.", "code": "server_error"}),
        (exceptions.ParseError("Broken."), 400, {"error": "Broken.", "code": "parse_error"}),
        (
            exceptions.Throttled(wait=2.5),
            429,
            {"error": "Request was throttled. Expected available in 3 seconds.", "code": "throttled"},
        ),
        (
            exceptions.ValidationError({"duration": ["Too long.", "Odd."], "notes": ["Empty."]}),
            400,
            {
                "error": "duration: Too long.",
                "code": "invalid",
                "details": {"duration": ["Too long.", "Odd."], "notes": ["Empty."]},
            },
        ),
        (
            exceptions.ValidationError({"profile": {"bio": ["Too long."]}}),
            400,
            {"error": "profile.bio: Too long.", "code": "invalid", "details": {"profile.bio": ["Too long."]}},
        ),
        (
            exceptions.ValidationError("Send either."),
            400,
            {"error": "Send either.", "code": "invalid", "details": {"non_field_errors": ["Send either."]}},
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_exception_of_a_view_has_its_status_and_body(
    error: Exception,
    status: int,
    expected: dict[str, Any],
    debug: bool,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.DEBUG = debug
    found = answer(error, monkeypatch)
    assert (found.status_code, found.json()) == (status, expected)
    assert b"hunter2" not in found.content


@pytest.mark.urls("rag_app.tests.failing_urls")
@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (domain.Busy(), "Retry-After", "1"),
        (OperationalError("gone"), "Retry-After", "1"),
        (InterfaceError("gone"), "Retry-After", "1"),
        (exceptions.Throttled(wait=2.5), "Retry-After", "3"),
    ],
)
def test_temporary_refusals_say_when_to_retry(
    error: Exception, header: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(error, monkeypatch).headers[header] == value


@pytest.mark.urls("rag_app.tests.failing_urls")
@pytest.mark.parametrize(
    ("error", "is_logged"),
    [
        (RuntimeError(SECRET), True),
        (OperationalError(SECRET), True),
        (domain.SlotUnavailable(), False),
        (exceptions.NotFound(), False),
    ],
)
def test_unexpected_errors_are_logged_with_their_trace_and_refusals_are_not(
    error: Exception, is_logged: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answer(error, monkeypatch)
    records = [record for record in caplog.records if record.name == "rag_app.http.errors"]
    assert [record.exc_info is not None for record in records] == [True] * is_logged
    assert all(record.levelno == logging.ERROR for record in records)


@pytest.mark.urls("rag_app.tests.failing_urls")
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(Http404(SECRET), 404, "not_found"), (RuntimeError(SECRET), 500, "server_error")],
)
def test_errors_outside_the_views_are_json_too(
    error: Exception, status: int, code: str, debug: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = debug
    found = answer(error, monkeypatch, "/api/outside/")
    assert (found.status_code, found.json()["code"]) == (status, code)
    assert b"hunter2" not in found.content


@pytest.mark.urls("rag_app.tests.failing_urls")
def test_outside_the_api_django_keeps_its_pages(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEBUG = True
    found = answer(SuspiciousOperation("A bug"), monkeypatch, "/elsewhere/")
    assert found.headers["Content-Type"].startswith("text/")


@pytest.mark.urls("rag_app.tests.failing_urls")
@pytest.mark.parametrize("address", ["/api/outside/", "/elsewhere/"])
@pytest.mark.parametrize(
    "error", [OperationalError(SECRET), InterfaceError(SECRET)], ids=lambda error: type(error).__name__
)
def test_an_unavailable_database_is_reported_outside_the_apis_views_too(
    address: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = answer(error, monkeypatch, address)
    expected = {"error": "The service is busy. Please try again in a moment.", "code": "unavailable"}
    assert (found.status_code, found.json(), found.headers["Retry-After"]) == (503, expected, "1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error", [OperationalError(SECRET), InterfaceError(SECRET)], ids=lambda error: type(error).__name__
)
def test_the_admin_shows_a_page_if_the_database_is_unavailable(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root@example.com", "a long pass phrase"))

    def away(*_: object) -> None:
        raise error

    # Whatever is asked of it, the session included.
    with connection.execute_wrapper(away):
        found = client.get("/admin/")
    assert (found.status_code, found.headers["Retry-After"]) == (503, "1")
    assert found.headers["Content-Type"] == "text/html; charset=utf-8"
    page = found.content.decode()
    assert "Temporarily unavailable" in page
    assert "The service is busy. Please try again in a moment." in page
    assert "hunter2" not in page
    assert client.get("/admin/records/").status_code == 200


@pytest.mark.django_db
def test_an_expired_form_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)
    found = client.post("/admin/login/", {"username": "root@example.com", "password": "a long pass phrase"})
    assert found.status_code == 403
    assert "Go back, reload the page and send it again." in found.content.decode()
    assert "CSRF" not in found.content.decode()
    elsewhere = errors.form_expired(RequestFactory().post("/elsewhere/"))
    assert (elsewhere.status_code, json.loads(elsewhere.content)["code"]) == (403, "permission_denied")


@pytest.mark.django_db
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("address", ["/nothing", "/api", "/api/", "/api/bookings", "/api/bookings/x/", "/apix"])
def test_an_unknown_address_is_json(address: str, debug: bool, settings: Settings) -> None:
    settings.DEBUG = debug
    for method in ("get", "post", "put", "delete"):
        found = getattr(Client(enforce_csrf_checks=True), method)(address)
        expected = {"error": "There is nothing at this address.", "code": "not_found"}
        assert (found.status_code, found.json()) == (404, expected)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", "localhost:x"])
def test_a_foreign_host_is_json(host: str, debug: bool, settings: Settings) -> None:
    settings.DEBUG = debug
    found = Client().get("/api/bookings/bookings/", headers={"Host": host})
    expected = {"error": "The request could not be understood.", "code": "bad_request"}
    assert (found.status_code, found.json()) == (400, expected)
    assert host.encode() not in found.content


@pytest.mark.parametrize(
    ("handler", "status", "code"),
    [
        (handler400, 400, "bad_request"),
        (handler403, 403, "permission_denied"),
        (handler404, 404, "not_found"),
        (handler500, 500, "server_error"),
    ],
)
def test_djangos_own_refusals_are_json(handler: Any, status: int, code: str) -> None:
    found = handler(RequestFactory().get("/"))
    body = json.loads(found.content)
    assert (found.status_code, body["code"], set(body)) == (status, code, {"error", "code"})


@pytest.mark.django_db
def test_a_database_failure_during_authentication_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    student = make_student()

    def gone(*_: object, **__: object) -> None:
        raise OperationalError(SECRET)

    monkeypatch.setattr(type(User.objects), "by_id", gone)
    found = Client().get("/api/accounts/me/", headers={"Authorization": f"Bearer {mint(user_id=student.id)}"})
    assert (found.status_code, found.json()["code"], found.headers["Retry-After"]) == (503, "unavailable", "1")


def test_the_body_has_details_only_where_there_are_some() -> None:
    assert errors.body("No.", "no") == {"error": "No.", "code": "no"}
    assert errors.body("No.", "no", {}) == {"error": "No.", "code": "no"}
    assert errors.body("No.", "no", {"a": ["b"]})["details"] == {"a": ["b"]}


def test_the_process_says_that_it_is_alive_to_anybody() -> None:
    found = Client().get("/healthz", headers={"Host": "10.0.0.7"})
    assert (found.status_code, found.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("address", ["/api/bookings/bookings", "/api/accounts/me", "/api/bookings/slots/available"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_missing_slash_is_explained(address: str, method: str) -> None:
    answer = Client().generic(method, address)
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "There is nothing at this address; it ends with a slash.", "code": "not_found"},
    )
