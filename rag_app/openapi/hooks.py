"""Hooks of drf-spectacular: import the descriptions of operations, and add what all share."""

from collections.abc import Callable
from http import HTTPStatus
from importlib import import_module
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from api_schema.error_codes import ErrorCode
from api_schema.refusals import HEADERS, OF_REPEATS, SHARED, Shared

# Importing a description registers it.
for description in (
    "accounts.openapi",
    "api_schema.openapi",
    "bookings.api.bookings.openapi",
    "bookings.api.bookings.openapi_shapes",
    "bookings.api.changes.openapi",
    "bookings.api.feedback.openapi",
    "bookings.api.hours.openapi",
    "bookings.api.slots.openapi",
    "bookings.api.summary.openapi",
    "bookings.api.teachers.openapi",
    "bookings.api.zoom_webhook.openapi",
    "calendars.api.openapi",
    "notifications.api.openapi",
    "privacy.api.openapi",
):
    import_module(description)

Tree = dict[str, Any]
Endpoint = tuple[str, str, str, Callable[..., Any]]


def only_the_api(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Leave out endpoints of development."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def add_shared_answers(result: Tree, generator: SchemaGenerator, request: Any, public: bool) -> Tree:  # noqa: FBT001  # its call
    """Add responses by the operation's kind: it reads, accepts a body, or needs a token."""
    components = result["components"]
    components["responses"] = {shared.name: shared.answer for shared in SHARED}
    components["schemas"]["ErrorCode"]["description"] = _meanings()
    for path in result["paths"].values():
        for method, operation in path.items():
            _part_by_commas(operation)
            _add_answers(method, operation)
    return result


def _meanings() -> str:
    codes = "".join(f"\n- `{code.value}`: {code.label}" for code in ErrorCode)
    return f"What went wrong, for programs. Codes do not change; new ones may be added.\n{codes}"


def _part_by_commas(operation: Tree) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["schema"].get("type") == "array":
            parameter |= {"style": "form", "explode": False}


def _add_answers(method: str, operation: Tree) -> None:
    answers = operation["responses"]
    _add_shared(method, operation, answers)
    for status, answer in answers.items():
        if answer.get("description") == "":
            answer["description"] = HTTPStatus(int(status)).phrase
        if status >= "400":
            _name_by_code(answer)
    for status, headers in _headers(method, operation):
        answers[status]["headers"] = {name: HEADERS[name] for name in headers}
    operation["responses"] = dict(sorted(answers.items()))


def _add_shared(method: str, operation: Tree, answers: Tree) -> None:
    for shared in SHARED:
        if shared.fits(
            reads=method == "get" and not operation.get("x-no-store"),
            has_body="requestBody" in operation,
            takes_token="security" in operation,
        ):
            answer = answers.setdefault(shared.status, {"$ref": f"#/components/responses/{shared.name}"})
            _add_examples(answer, shared)
    if _is_repeatable(operation):
        _add_examples(answers[OF_REPEATS.status], OF_REPEATS)


def _add_examples(answer: Tree, shared: Shared) -> None:
    """Add examples of its kind to the operation's own response."""
    if "content" in answer:
        _name_by_code(answer)
        examples = answer["content"]["application/json"]["examples"]
        answer["content"]["application/json"]["examples"] = examples | {
            code: example for code, example in shared.examples.items() if code not in examples
        }


def _name_by_code(answer: Tree) -> None:
    if "content" in answer:
        content = answer["content"]["application/json"]
        bodies = [example["value"] for example in content.get("examples", {}).values()]
        content["examples"] = {body["code"]: {"value": body} for body in bodies}


def _is_repeatable(operation: Tree) -> bool:
    return any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))


def _headers(method: str, operation: Tree) -> list[tuple[str, list[str]]]:
    """Return the headers of responses by status."""
    if method == "get":
        return [] if operation.get("x-no-store") else [("200", ["ETag"])]
    repeats = _is_repeatable(operation)
    return [
        (status, ["Location"] * (status == "201") + ["Idempotent-Replayed"] * repeats)
        for status in operation["responses"]
        if status == "201" or (repeats and status == "200")
    ]
