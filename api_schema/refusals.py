"""Errors as the document tells of them; rag_app.http.errors builds them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers


class ErrorSerializer(serializers.Serializer[Any]):
    """Every answer that is not 2xx."""

    error = serializers.CharField(help_text="One sentence for people.")
    code = serializers.CharField(help_text="One word for machines, such as `slot_unavailable`; it does not change.")
    details = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Where fields are wrong: the sentences by the field's name; `non_field_errors` for the whole.",
    )


def refusal(description: str, **sentences: str) -> OpenApiResponse:
    """An error's answer, with an example for each code: `refusal("…", not_found="Teacher not found")`."""
    examples = [
        OpenApiExample(code, {"error": sentence, "code": code}, response_only=True)
        for code, sentence in sentences.items()
    ]
    return OpenApiResponse(ErrorSerializer, description, examples)


INVALID = refusal("A parameter is wrong; `details` names it.")
PAGE_MISSING = refusal("No such page.", not_found="Invalid page.")
BOOKING_MISSING = refusal("No such booking, or none of the caller's.", not_found="Booking not found")
TEACHER_MISSING = refusal("No such teacher.", not_found="Teacher not found")


def _shared(description: str, code: str, sentence: str, *headers: str) -> dict[str, Any]:
    """An answer that stands once in the document, and is named wherever it can come."""
    content = {"schema": {"$ref": "#/components/schemas/Error"}, "example": {"error": sentence, "code": code}}
    answer = {"description": description, "content": {"application/json": content}}
    return answer | ({"headers": {name: HEADERS[name] for name in headers}} if headers else {})


HEADERS = {
    "WWW-Authenticate": {"description": "`Bearer`", "required": True, "schema": {"type": "string"}},
    "Retry-After": {"description": "Whole seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}},
    "Location": {"description": "The address of what was made.", "required": True, "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "The answer is that of an earlier request under the same `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "ETag": {"description": "For `If-None-Match`.", "required": True, "schema": {"type": "string"}},
}
# By the status that they come with. Which of these an operation can answer follows from its kind: see hooks.
SHARED: dict[str, tuple[str, dict[str, Any]]] = {
    "304": ("NotModified", {"description": "What the caller has, by the `ETag` in its `If-None-Match`, still holds."}),
    "400": (
        "BadRequest",
        _shared(
            "The body is not one JSON object in UTF-8, is too large, or a field is wrong.",
            "parse_error",
            "The body is not valid JSON.",
        ),
    ),
    "401": (
        "Unauthorized",
        _shared(
            "No token, or none that holds: expired, forged, of an inactive account.",
            "invalid_token",
            "The token is invalid or has expired.",
            "WWW-Authenticate",
        ),
    ),
    "415": (
        "UnsupportedMediaType",
        _shared(
            "The body is not `application/json`.",
            "unsupported_media_type",
            'Unsupported media type "text/plain" in request.',
        ),
    ),
    "429": (
        "TooManyRequests",
        _shared(
            "Too many requests; `Retry-After` tells when to come again.",
            "throttled",
            "Request was throttled. Expected available in 30 seconds.",
            "Retry-After",
        ),
    ),
    "503": (
        "Unavailable",
        _shared(
            "Too busy, or sign-in is out of reach. Nothing was changed; try again.",
            "unavailable",
            "The service is busy. Please try again in a moment.",
            "Retry-After",
        ),
    ),
}
