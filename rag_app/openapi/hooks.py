"""Where drf-spectacular comes in (SPECTACULAR_SETTINGS): imports what tells of operations, and adds what all share."""

from collections.abc import Callable
from http import HTTPStatus
from importlib import import_module
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from api_schema.refusals import HEADERS, SHARED

# Importing a description registers it.
for description in (
    "accounts.openapi",
    "api_schema.openapi",
    "bookings.api.bookings.openapi",
    "bookings.api.feedback.openapi",
    "bookings.api.hours.openapi",
    "bookings.api.slots.openapi",
    "bookings.api.teachers.openapi",
    "bookings.api.zoom_webhook.openapi",
    "notifications.api.openapi",
):
    import_module(description)

Tree = dict[str, Any]
Endpoint = tuple[str, str, str, Callable[..., Any]]


def only_the_api(endpoints: list[Endpoint]) -> list[Endpoint]:
    """Without what development adds beside it."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def add_shared_answers(result: Tree, generator: SchemaGenerator, request: Any, public: bool) -> Tree:  # noqa: FBT001  # its call
    """The answers that follow from an operation's kind: it reads, it takes a body, it asks for a token."""
    result["components"]["responses"] = dict(SHARED.values())
    for path in result["paths"].values():
        for method, operation in path.items():
            answers = operation["responses"]
            for status in _statuses(method, operation):
                name, _ = SHARED[status]
                answers.setdefault(status, {"$ref": f"#/components/responses/{name}"})
            for status, answer in answers.items():
                if answer.get("description") == "":
                    answer["description"] = HTTPStatus(int(status)).phrase
            if method == "get":
                answers["200"]["headers"] = {"ETag": HEADERS["ETag"]}
            operation["responses"] = dict(sorted(answers.items()))
    return result


def _statuses(method: str, operation: Tree) -> list[str]:
    always = ["429", "503"]
    reading = ["304"] if method == "get" else []
    body = ["400", "415"] if "requestBody" in operation else []
    token = ["401"] if "security" in operation else []
    return [*always, *reading, *body, *token]
