"""Each request leaves one line, with the id that its caller gave or was given, and with nothing secret in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student
from accounts.models import User
from rag_app.operations.access_log import HEADER
from rag_app.operations.logs import JsonLines, RequestIdFilter, Words, logging_config, request_id
from rag_app.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500"]

BOOKINGS = "/api/bookings/bookings/"


def speaking(request: HttpRequest, number: int) -> HttpResponse:
    logging.getLogger("a.view").warning("Within.")
    return HttpResponse(status=number)


def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A fault.")


urlpatterns = [path("api/speaking/<int:number>/", speaking), path("api/failing/", failing)]


class Written:
    """The log in production's format."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def access(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["logger"] == "rag_app.operations.access_log"]


@pytest.fixture
def written() -> Iterator[Written]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(RequestIdFilter())
    logging.getLogger().addHandler(handler)
    yield Written(stream)
    logging.getLogger().removeHandler(handler)


# --- The id ---


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("given", ["abc-1", "A.b_c-9", "x" * 64])
def test_a_well_formed_id_is_kept(given: str, written: Written) -> None:
    found = Client().get("/api/speaking/204/", headers={HEADER: given})
    assert found.headers[HEADER] == given
    assert [line["request_id"] for line in written.lines] == [given] * 2


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a\nb", "a\r\nX-Evil: 1", "ü", '"', "<b>", "a\x00"])
def test_a_malformed_id_is_replaced_by_a_new_one(given: str | None, written: Written) -> None:
    headers = {} if given is None else {HEADER: given}
    ids = [Client().get("/api/speaking/204/", headers=headers).headers[HEADER] for _ in range(2)]
    assert all(len(made) == 32 and made.isalnum() for made in ids)
    assert ids[0] != ids[1]
    assert [line["request_id"] for line in written.access] == ids


@pytest.mark.urls(__name__)
def test_later_log_lines_do_not_have_the_id(written: Written) -> None:
    Client().get("/api/speaking/204/", headers={HEADER: "abc-1"})
    logging.getLogger("later").warning("Between requests.")
    assert written.lines[-1]["request_id"] is None
    assert request_id.get() is None


@pytest.mark.parametrize(
    ("address", "headers"), [("/nothing", {}), ("/api/nothing/", {}), (BOOKINGS, {"Host": "evil.example"})]
)
def test_refusals_carry_the_id_and_are_logged_too(address: str, headers: dict[str, str], written: Written) -> None:
    found = Client().get(address, headers={HEADER: "abc-1", **headers})
    assert found.headers[HEADER] == "abc-1"
    assert [(line["request_id"], line["status"]) for line in written.access] == [("abc-1", found.status_code)]


# --- The line ---


@pytest.mark.urls(__name__)
def test_a_line_has_the_request_and_its_outcome(written: Written) -> None:
    Client().get("/api/speaking/204/", headers={HEADER: "abc-1"})
    [line] = written.access
    assert line.pop("time").endswith("+00:00")
    milliseconds = line.pop("milliseconds")
    assert isinstance(milliseconds, float)
    assert line.pop("message") == f"GET /api/speaking/204/: 204 in {milliseconds:.1f} ms"
    assert line == {
        "level": "INFO",
        "logger": "rag_app.operations.access_log",
        "request_id": "abc-1",
        "caller": None,
        "method": "GET",
        "route": "api/speaking/<int:number>/",
        "path": "/api/speaking/204/",
        "status": 204,
    }


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("status", "level"), [(200, "INFO"), (302, "INFO"), (404, "INFO"), (499, "INFO"), (500, "ERROR"), (503, "ERROR")]
)
def test_only_what_is_our_fault_is_an_error(status: int, level: str, written: Written) -> None:
    Client().get(f"/api/speaking/{status}/")
    [line] = written.access
    assert (line["status"], line["level"]) == (status, level)


@pytest.mark.urls(__name__)
def test_an_unexpected_error_is_logged_with_its_trace_under_the_same_id(written: Written) -> None:
    Client(raise_request_exception=False).get("/api/failing/", headers={HEADER: "abc-1"})
    [fault] = [line for line in written.lines if "exc_info" in line]
    assert "RuntimeError: A fault." in fault["exc_info"]
    assert fault["request_id"] == "abc-1"
    assert [line["status"] for line in written.access] == [500]


@pytest.mark.django_db
def test_it_names_the_account_that_a_token_proved(written: Written) -> None:
    student = make_student()
    Client().get(BOOKINGS, headers={"Authorization": f"Bearer {mint(user_id=student.id)}"})
    Client().get(BOOKINGS, headers={"Authorization": "Bearer nonsense"})
    Client().get(BOOKINGS)
    assert [(line["status"], line["caller"]) for line in written.access] == [
        (200, str(student.id)),
        (401, None),
        (401, None),
    ]


@pytest.mark.django_db
def test_it_names_the_account_of_a_session_and_asks_the_database_for_none(
    written: Written, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    root = User.objects.create_superuser("root@example.com", "a long pass phrase")
    client = Client()
    client.force_login(root, backend="accounts.backends.LocalPasswordBackend")
    assert client.get("/admin/password_change/").status_code in (200, 404)
    with django_assert_num_queries(0):
        client.get("/nothing")
    assert [line["caller"] for line in written.access] == [str(root.pk), None]


def test_a_redirect_to_https_is_logged_too(written: Written, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    found = Client().get("/admin/login/")
    assert (found.status_code, [line["status"] for line in written.access]) == (301, [301])
    assert found.headers[HEADER] == written.access[0]["request_id"]


@pytest.mark.parametrize("address", ["/healthz", "/metrics"])
def test_probes_are_not_logged(address: str, written: Written) -> None:
    Client().get(address)
    assert written.lines == []


@pytest.mark.django_db
def test_no_token_query_string_body_or_email_is_in_any_line(written: Written, settings: Settings) -> None:
    token = mint(user_id=make_student().id, email="alice@example.com")
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {token}"}
    for address in (BOOKINGS, "/nothing", "/api/accounts/teachers/", "/admin/login/"):
        client.get(f"{address}?token=in-the-query&email=bob@example.com", headers=headers)
        body = {"notes": "in-the-body", "email": "carl@example.com", "password": "hunter2"}
        client.post(address, json.dumps(body), content_type="application/json", headers=headers)
    assert len(written.access) == 8
    secrets = [token, "in-the-query", "in-the-body", "hunter2", "@example.com", "?"]
    assert not [secret for secret in secrets if secret in written.text]


@pytest.mark.parametrize("address", ["/a%0Ab", "/a%0D%0A%7B%7D", "/%1b[31m", "/%E2%80%A8"])
def test_an_address_cannot_break_out_of_its_line(address: str, written: Written) -> None:
    Client().get(address)
    [line] = written.access
    assert line["path"].isascii()
    assert line["path"].isprintable()


def test_a_long_address_is_cut(written: Written) -> None:
    Client().get("/" + "a" * 5000)
    assert len(written.access[0]["path"]) == 200


# --- Other lines ---


def test_a_trace_does_not_quote_the_database(written: Written) -> None:
    row = "A check failed.\nDETAIL:  Failing row contains (4711, Notes\n\nof lines, passcode).\n"
    try:
        try:
            raise IntegrityError(row)
        except IntegrityError as error:
            raise RuntimeError("After it.") from error
    except RuntimeError:
        logging.getLogger("a.view").exception("A fault.")
    [line] = written.lines
    for kept in (
        "IntegrityError: A check failed.",
        "The above exception was the direct cause",
        "RuntimeError: After it.",
    ):
        assert kept in line["exc_info"]
    assert not [word for word in ("4711", "of lines", "passcode") if word in line["exc_info"]]


def test_extra_attributes_of_log_records_are_left_out(written: Written) -> None:
    extra = {"request": "GET /?token=1", "data": {"args": "secret"}, "status_code": 400}
    logging.getLogger("django.anything").warning("A word.", extra=extra)
    [line] = written.lines
    assert set(line) == {"time", "level", "logger", "message", "request_id"}


@pytest.mark.parametrize(("for_eyes", "formatter"), [(True, "line"), (False, "json")])
def test_production_writes_json_and_development_words(for_eyes: bool, formatter: str) -> None:
    assert logging_config(for_eyes=for_eyes)["handlers"]["console"]["formatter"] == formatter


@pytest.mark.parametrize(("within", "line"), [("abc-1", "a.logger [abc-1]: A word."), (None, "a.logger: A word.")])
def test_the_readable_format_has_the_id_if_there_is_one(within: str | None, line: str) -> None:
    record = logging.LogRecord("a.logger", logging.INFO, "", 0, "A word.", (), None)
    token = request_id.set(within)
    try:
        RequestIdFilter().filter(record)
    finally:
        request_id.reset(token)
    assert Words().format(record).endswith(f"INFO {line}")


def test_celerys_rounds_are_not_logged() -> None:
    loggers = logging_config(for_eyes=False)["loggers"]
    assert {loggers[f"celery.{name}"]["level"] for name in ("beat", "app.trace", "worker.strategy")} == {"WARNING"}


def test_celerys_beat_logs_an_unreachable_broker_in_one_line(written: Written) -> None:
    try:
        raise ConnectionError("Connection refused.")
    except ConnectionError as error:
        logging.getLogger("celery.beat").exception("Message Error: %s\n%s", error, ["the", "stack"])
    [line] = written.lines
    assert (line["message"], "exc_info" in line) == ("Message Error: Connection refused.", False)
