"""The OpenAPI document: current, complete, and true as far as it can be seen without asking the server."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema_rs import Draft202012Validator

from bookings.api.examples import PLACEHOLDERS
from bookings.tests import document
from conftest import Client
from rag_app.openapi.views import DOCUMENT

TEXT = DOCUMENT.read_text()
API: dict[str, Any] = yaml.safe_load(TEXT)
PAGES = {"/api/schema/", "/api/docs/", "/api/docs", "/api/redoc/", "/api/redoc"}
CONTRACT = """
GET POST /api/bookings/availability/
GET PUT PATCH DELETE /api/bookings/availability/{id}/
PUT /api/bookings/availability/week/
GET POST /api/bookings/time-off/
PATCH DELETE /api/bookings/time-off/{id}/
GET /api/bookings/slots/available/
GET /api/bookings/slots/first/
GET /api/bookings/schedule/
GET POST /api/bookings/bookings/
GET PATCH /api/bookings/bookings/{id}/
POST /api/bookings/bookings/{id}/confirm/
POST /api/bookings/bookings/{id}/cancel/
POST /api/bookings/bookings/{id}/reschedule/
POST /api/bookings/bookings/{id}/complete/
POST /api/bookings/bookings/{id}/decline/
GET /api/bookings/bookings/{id}/changes/
GET /api/bookings/bookings/{id}/start/
GET /api/bookings/changes/
GET /api/bookings/bookings/my/
GET /api/bookings/bookings/summary/
GET POST /api/bookings/feedback/
GET /api/bookings/feedback/{id}/
GET /api/bookings/bookings/{id}/calendar.ics
GET POST DELETE /api/accounts/me/calendar/
GET POST /api/accounts/me/calendars/
PATCH DELETE /api/accounts/me/calendars/{id}/
GET /api/calendars/{secret}.ics
GET PATCH /api/notifications/preferences/
POST /api/notifications/unsubscribe/{token}/
POST /api/notifications/bounces/
POST /api/bookings/zoom/webhook/
GET /api/accounts/teachers/
GET /api/accounts/teachers/{id}/
GET PATCH /api/accounts/me/
POST /api/accounts/me/admin-link/
GET /api/accounts/me/export/
POST /api/accounts/me/erase/
"""

CALL_ZOOM = {"requestBooking", "confirmBooking", "getStartLink"}
KEPT_NOWHERE = {"getStartLink", "exportMyData"}

Operation = dict[str, Any]

# What the caller sends is signed or a secret, and needs no token.
SIGNED = {
    "/api/bookings/zoom/webhook/",
    "/api/calendars/{secret}.ics",
    "/api/notifications/unsubscribe/{token}/",
    "/api/notifications/bounces/",
}


def operations() -> Iterator[tuple[str, str, Operation]]:
    """Method, path and description of each."""
    for path, methods in API["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def named(operation_id: str) -> Operation:
    return next(operation for _, _, operation in operations() if operation["operationId"] == operation_id)


def answer(operation: Operation, status: str) -> dict[str, Any]:
    """The answer of that status, wherever it is written."""
    found: dict[str, Any] = operation["responses"][status]
    return API["components"]["responses"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Every address that the site knows, written as the document does."""
    for entry in resolver.url_patterns:
        route = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern)).replace("{pk}", "{id}")
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from addresses(entry, route)


def test_the_file_is_generated_from_the_code(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(fresh))
    assert fresh.read_text() == TEXT, "Run `make schema`."


def test_it_has_exactly_the_operations_of_the_contract() -> None:
    lines = [line.split() for line in CONTRACT.strip().splitlines()]
    contract = {(method, path) for *methods, path in lines for method in methods}
    assert {(method, path) for method, path, _ in operations()} == contract


def test_it_has_every_url() -> None:
    known = {address for address in addresses(get_resolver()) if address.startswith("/api/")}
    assert known == set(API["paths"]) | PAGES


def test_every_operation_has_an_id_a_summary_and_a_description() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in API["tags"]}
    for _, path, operation in operations():
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", operation["operationId"]), path
        assert operation["summary"], path
        assert operation["description"], path
        assert set(operation["tags"]) <= tags, path


def test_every_operation_except_signed_ones_requires_a_token() -> None:
    for _, path, operation in operations():
        assert operation.get("security") == (None if path in SIGNED else [{"supabaseToken": []}]), path
    assert API["components"]["securitySchemes"]["supabaseToken"]["scheme"] == "bearer"


def test_every_error_has_the_same_body() -> None:
    for _, path, operation in operations():
        for status in operation["responses"]:
            if status < "400":
                continue
            content = answer(operation, status)["content"]
            assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}, (path, status)


def test_common_errors_are_documented_for_each_operation() -> None:
    for method, path, operation in operations():
        told = set(operation["responses"])
        assert {"429", "503"} <= told, path
        assert "401" in told or "security" not in operation, path
        assert "400" in told or "security" not in operation, path
        assert "415" in told or "requestBody" not in operation, path
        assert "404" in told or "{id}" not in path, path
        assert ("304" in told) == (method == "GET" and operation["operationId"] not in KEPT_NOWHERE), path
        assert ("500" in told) == (operation["operationId"] in CALL_ZOOM), path


@pytest.mark.parametrize(
    ("status", "header"), [("401", "WWW-Authenticate"), ("429", "Retry-After"), ("503", "Retry-After")]
)
def test_refusals_document_their_headers(status: str, header: str) -> None:
    assert answer(named("requestBooking"), status)["headers"][header]["required"] is True


def test_every_parameter_says_what_it_means() -> None:
    for _, path, operation in operations():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                formats = {"id": {"format": "uuid"}, "secret": {}, "token": {}}
                assert parameter["schema"] == {"type": "string"} | formats[parameter["name"]], path
            else:
                assert parameter["description"], (path, parameter["name"])


@pytest.mark.parametrize(
    ("operation", "name", "required", "bounds"),
    [
        ("listAvailableSlots", "teacher_id", True, {"format": "uuid"}),
        ("listAvailableSlots", "date", True, {"format": "date"}),
        ("listAvailableSlots", "duration", False, {"minimum": 5, "maximum": 480, "default": 60}),
        ("getSchedule", "end_date", True, {"format": "date"}),
        ("listMyBookings", "status", False, {"type": "array", "minItems": 1}),
        ("listMyBookings", "when", False, {"enum": ["upcoming", "past"]}),
        ("listMyBookings", "role", False, {"enum": ["student", "teacher"]}),
        ("listMyBookings", "from", False, {"format": "date"}),
        ("listMyBookings", "page_size", False, {"default": 25}),
        ("listTeachers", "search", False, {"maxLength": 100}),
        ("requestBooking", "Idempotency-Key", False, {"type": "string"}),
    ],
)
def test_parameters_have_their_bounds(operation: str, name: str, required: bool, bounds: dict[str, Any]) -> None:
    parameter = next(each for each in named(operation)["parameters"] if each["name"] == name)
    assert parameter.get("required", False) is required
    assert bounds.items() <= parameter["schema"].items()


def contents(node: Any) -> Iterator[dict[str, Any]]:
    """Every body, of requests and of answers, with its schema and its examples."""
    if isinstance(node, dict):
        if "schema" in node and ("example" in node or "examples" in node):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from contents(child)


def values(content: dict[str, Any]) -> list[Any]:
    return [content["example"]] if "example" in content else [one["value"] for one in content["examples"].values()]


def test_every_example_fits_its_schema() -> None:
    found = list(contents(API))
    assert len(found) > 30
    for content in found:
        schema = content["schema"] | {"components": API["components"]}
        validator = Draft202012Validator(schema, validate_formats=True)
        for value in values(content):
            validator.validate(value)


def request_of(operation: str) -> Any:
    return values(named(operation)["requestBody"]["content"]["application/json"])[0]


def answer_of(operation: str, status: str = "200") -> Any:
    return values(answer(named(operation), status)["content"]["application/json"])[0]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("Create Availability Slot (Teachers Only)", [request_of("createAvailability")]),
        ("Get Available Time Slots", [answer_of("listAvailableSlots")]),
        ("Get Teacher Schedule", [answer_of("getSchedule")]),
        ("Create Booking Request (Students Only)", [request_of("requestBooking"), answer_of("requestBooking", "201")]),
        ("Confirm Booking and Create Zoom Meeting (Teachers Only)", [answer_of("confirmBooking")]),
        ("Cancel Booking", [request_of("cancelBooking"), answer_of("cancelBooking")]),
        ("Reschedule Booking", [request_of("rescheduleBooking")]),
        ("Create Feedback (After Completed Session)", [request_of("leaveFeedback")]),
    ],
)
def test_the_examples_are_those_of_the_products_document(section: str, told: list[Any]) -> None:
    examples = [document.filled(example, PLACEHOLDERS) for example in document.examples(section)]
    assert len(examples) == len(told)
    for ours, theirs in zip(told, examples, strict=True):
        document.assert_holds(ours, theirs)


@pytest.mark.parametrize(
    ("operation", "status"), [("requestBooking", "400"), ("confirmBooking", "403"), ("listAvailableSlots", "404")]
)
def test_the_specs_error_messages_are_examples(operation: str, status: str) -> None:
    sentences = [example["error"] for example in document.examples("Common Error Responses")]
    assert answer_of(operation, status)["error"] in sentences


def test_the_document_is_for_everybody_and_may_be_kept() -> None:
    got = Client().get("/api/schema/")
    assert (got.status_code, got.headers["Content-Type"], got.content.decode()) == (200, "application/yaml", TEXT)
    assert "public" in got.headers["Cache-Control"]
    again = Client().get("/api/schema/", HTTP_IF_NONE_MATCH=got.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/api/docs/", "/api/redoc/"])
def test_the_pages_load_everything_from_this_site(path: str) -> None:
    page = Client().get(path, HTTP_ACCEPT="text/html").content.decode()
    links = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page)
    assert len(links) >= 2
    assert all(re.match(r"/(?!/)|data:", link) for link in links), links
    assert not re.search(r"<script(?! src=)", page)
