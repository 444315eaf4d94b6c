"""Error responses in the OpenAPI document; rag_app.http.errors builds the real ones."""

from typing import Any, NamedTuple

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from api_schema.error_codes import ErrorCode

Tree = dict[str, Any]


class ErrorSerializer(serializers.Serializer[Any]):
    """Every error response."""

    error = serializers.CharField(help_text="A sentence for people.")
    code = serializers.ChoiceField(ErrorCode.choices, help_text="A word for programs; it does not change.")
    details = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="For invalid fields: the sentences by field name; `non_field_errors` for the whole.",
    )


def refusal(description: str, **sentences: str) -> OpenApiResponse:
    """Return an error response with an example for each code: `refusal("…", not_found="Teacher not found")`.

    Errors shared by all operations of a kind are added: see SHARED.
    """
    examples = [
        OpenApiExample(ErrorCode(code).value, _body(code, sentence), response_only=True)
        for code, sentence in sentences.items()
    ]
    return OpenApiResponse(ErrorSerializer, description, examples)


def _body(code: str, sentence: str) -> dict[str, Any]:
    if code != ErrorCode.INVALID:
        return {"error": sentence, "code": code}
    field, _, told = sentence.partition(": ")
    return {"error": sentence, "code": code, "details": {field: [told]}}


INVALID = refusal("A parameter is invalid or unknown; `details` names it.")
PAGE_MISSING = refusal("No such page.", not_found="Invalid page.")
BOOKING_MISSING = refusal("No such booking, or it is not the caller's.", not_found="Booking not found")
TEACHER_MISSING = refusal("No such teacher.", not_found="Teacher not found")


HEADERS = {
    "WWW-Authenticate": {"description": "`Bearer`", "required": True, "schema": {"type": "string"}},
    "Retry-After": {"description": "Whole seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}},
    "Location": {"description": "URL of what was created.", "required": True, "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "The response is that of an earlier request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "ETag": {"description": "For `If-None-Match`.", "required": True, "schema": {"type": "string"}},
}


class Shared(NamedTuple):
    """A response shared by all operations of a kind: defined once in the document and referenced."""

    status: str
    name: str
    description: str
    sentences: dict[str, str] = {}
    headers: tuple[str, ...] = ()
    reads: bool | None = None
    has_body: bool | None = None
    takes_token: bool | None = None

    def fits(self, *, reads: bool, has_body: bool, takes_token: bool) -> bool:
        """Return True if the operation can give this response."""
        kinds = ((self.reads, reads), (self.has_body, has_body), (self.takes_token, takes_token))
        return all(asked in (None, kind) for asked, kind in kinds)

    @property
    def examples(self) -> Tree:
        return {code: {"value": _body(code, sentence)} for code, sentence in self.sentences.items()}

    @property
    def answer(self) -> Tree:
        """Return the response as the document defines it."""
        answer: Tree = {"description": self.description}
        if self.sentences:
            schema = {"$ref": "#/components/schemas/Error"}
            answer["content"] = {"application/json": {"schema": schema, "examples": self.examples}}
        if self.headers:
            answer["headers"] = {name: HEADERS[name] for name in self.headers}
        return answer


_UNKNOWN = {"invalid": "surprise: There is no such parameter here."}
_BROKEN = {"parse_error": "The body is not valid JSON."}
_DATABASE = {"unavailable": "The service is busy. Please try again in a moment."}
_BUSY = {"busy": "Too many requests for this time at once. Please try again."}
_KEYS = {"keys_unavailable": "Sign-in is unavailable at the moment. Please try again."}
_NOTHING_CHANGED = "Too busy, or tokens cannot be verified. Nothing was changed; try again."

SHARED = [
    Shared(
        "304",
        "NotModified",
        "The response with the `ETag` in `If-None-Match` is still current.",
        reads=True,
    ),
    Shared(
        "400",
        "BadParameters",
        "A parameter is invalid or unknown; `details` names it.",
        _UNKNOWN,
        has_body=False,
        takes_token=True,
    ),
    Shared(
        "400",
        "BadRequest",
        "The body is not one JSON object in UTF-8 or is too large, or a field or parameter is invalid or unknown.",
        _UNKNOWN | _BROKEN,
        has_body=True,
        takes_token=True,
    ),
    Shared(
        "400",
        "BrokenBody",
        "The body is not one JSON object in UTF-8, or is too large.",
        _BROKEN,
        has_body=True,
        takes_token=False,
    ),
    Shared(
        "401",
        "Unauthorized",
        "No token, or an invalid one: expired, forged, or of an inactive account.",
        {
            "not_authenticated": "Authentication credentials were not provided.",
            "invalid_token": "The token is invalid or has expired.",
            "account_inactive": "This account is not active.",
        },
        ("WWW-Authenticate",),
        takes_token=True,
    ),
    Shared(
        "415",
        "UnsupportedMediaType",
        "The body is not `application/json`.",
        {"unsupported_media_type": 'Unsupported media type "text/plain" in request.'},
        has_body=True,
    ),
    Shared(
        "429",
        "TooManyRequests",
        "Too many requests; `Retry-After` says when to try again.",
        {"throttled": "Request was throttled. Expected available in 30 seconds."},
        ("Retry-After",),
    ),
    Shared("503", "Unavailable", _NOTHING_CHANGED, _DATABASE | _KEYS, ("Retry-After",), reads=True, takes_token=True),
    Shared(
        "503",
        "UnavailableForWriting",
        _NOTHING_CHANGED,
        _DATABASE | _KEYS | _BUSY,
        ("Retry-After",),
        reads=False,
        takes_token=True,
    ),
    Shared("503", "TooBusy", "Too busy. Nothing was changed.", _DATABASE | _BUSY, ("Retry-After",), takes_token=False),
]

# Also possible with an Idempotency-Key; added to the operation's own refusals.
OF_REPEATS = Shared(
    "400",
    "Repeated",
    "The key was used before.",
    {
        "idempotency_key_reused": "This Idempotency-Key was sent before with another body",
        "idempotency_key_in_use": "The first request under this key is still being worked on",
    },
)
