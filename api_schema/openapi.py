"""Describe this project's own classes to drf-spectacular."""

from typing import Any, ClassVar

from drf_spectacular.extensions import (
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
    OpenApiViewExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, extend_schema, extend_schema_view
from rest_framework import serializers

from api_schema.requests import OnlyKnownFields

# What `api_schema.fields` accepts, as far as a pattern can tell: not that April has 30 days.
DATE = r"(2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"


def operation(
    operation_id: str, summary: str, description: str, responses: dict[Any, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return arguments for `extend_schema`. Without `responses`, drf-spectacular's default applies."""
    told = {"operation_id": operation_id, "summary": summary, "description": description} | more
    return told if responses is None else told | {"responses": responses}


class Documented(OpenApiViewExtension):
    """A view, the tag of its operations, and the operations by the name of the method or action."""

    tag: ClassVar[str]
    operations: ClassVar[dict[str, dict[str, Any]]]

    def view_replacement(self) -> type[Any]:
        """Return a view of the same name with its operations described; the real one stays unchanged."""
        view: Any = self.target_class
        described = {name: extend_schema(tags=[self.tag], **told) for name, told in self.operations.items()}
        return extend_schema_view(**described)(type(view.__name__, (view,), {}))


class Described(OpenApiSerializerExtension):
    """A serializer, and what its declaration does not tell."""

    # The name in requests, to which drf-spectacular adds "Request"; None: the class's own.
    request_name: ClassVar[str | None] = None

    def get_name(self, auto_schema: AutoSchema, direction: Direction) -> str | None:
        return self.request_name if direction == "request" else None

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        # The first sentence of the docstring is for callers; what follows is for developers.
        schema["description"] = schema["description"].partition(". ")[0].rstrip(".") + "."
        for field in schema["properties"].values():
            if "oneOf" in field:
                field["anyOf"] = field.pop("oneOf")  # may be blank: a pattern may match the empty string too
        if direction == "request":
            self._request(schema)
        else:
            self._answer(schema)
        return schema

    def _request(self, schema: dict[str, Any]) -> None:
        if isinstance(self.target, OnlyKnownFields):
            schema["additionalProperties"] = False
        for name, field in schema["properties"].items():
            if getattr(self.target.fields[name], "trim_whitespace", False):
                _allow_whitespace_around(field)

    def _answer(self, schema: dict[str, Any]) -> None:
        if isinstance(self.target, serializers.ModelSerializer):
            schema["required"] = list(schema["properties"])
        for name, field in schema["properties"].items():
            schema["properties"][name] = _as_read(field)


def _as_read(field: dict[str, Any]) -> dict[str, Any]:
    """Describe a field of a response; input rules do not apply."""
    if "maxLength" in str(field.get("anyOf", [{}])[-1]):  # may be blank
        alternative = {name: value for name, value in field["anyOf"][0].items() if name not in ("pattern", "default")}
        field = {name: value for name, value in field.items() if name != "anyOf"} | alternative
    return field | {"readOnly": True}


def narrowed(schema: dict[str, Any], by: str) -> dict[str, Any]:
    """Split an object in two; in the first the field `by` is true and no field is null."""
    fields = schema["properties"]
    there = {name: field | {"type": "string"} if "null" in field["type"] else field for name, field in fields.items()}
    objects = [
        {"type": "object", "properties": of | {by: fields[by] | {"const": flag}}, "required": list(fields)}
        for flag, of in ((True, there), (False, fields))
    ]
    return {"description": schema["description"], "oneOf": objects}


def _allow_whitespace_around(field: dict[str, Any]) -> None:
    """Allow surrounding whitespace, which is trimmed before validation."""
    for schema in (field, *field.get("anyOf", [])):
        if "pattern" in schema:
            schema["pattern"] = rf"^\s*{schema['pattern'].removeprefix('^').removesuffix('$')}\s*$"


class AnySerializer(Described):
    """Every serializer without a description of its own."""

    target_class = "rest_framework.serializers.Serializer"
    match_subclasses = True
    priority = -1


class CommaSeparated(OpenApiSerializerFieldExtension):
    """Several values of one query parameter; that they are parted by commas, rag_app.openapi.hooks adds."""

    target_class = "api_schema.fields.CommaSeparatedField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Map to an array of at least one item."""
        items = auto_schema._map_serializer_field(self.target.child, direction)
        most = {} if self.target.max_length is None else {"maxItems": self.target.max_length}
        return {"type": "array", "items": items, "minItems": 1} | most


class _WrittenField(OpenApiSerializerFieldExtension):
    """A field that accepts more, or less, than the standard format of its type."""

    written: ClassVar[dict[str, str]]
    read: ClassVar[dict[str, str]]

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        """Describe accepted input in requests, and output in responses."""
        return {"type": "string"} | (self.written if direction == "request" else self.read)


class Date(_WrittenField):
    """`YYYY-MM-DD`, within the supported years."""

    target_class = "api_schema.fields.DateField"
    written: ClassVar[dict[str, str]] = {"format": "date", "pattern": f"^{DATE}$"}
    read: ClassVar[dict[str, str]] = {"format": "date"}


class Time(_WrittenField):
    """A wall-clock time: the standard format would require an offset."""

    target_class = "api_schema.fields.TimeField"
    written: ClassVar[dict[str, str]] = {"pattern": f"^{TIME}(:00)?$"}
    read: ClassVar[dict[str, str]] = {"pattern": f"^{TIME}:00$"}


class DateTime(_WrittenField):
    """A moment, possibly without an offset, which the standard format would refuse."""

    target_class = "api_schema.fields.DateTimeField"
    written: ClassVar[dict[str, str]] = {
        "pattern": rf"^{DATE}[T ]{TIME}(:[0-5][0-9](\.[0-9]{{1,6}})?)?{OFFSET}?$",
        "description": "With an offset or Z; without one, in the teacher's time zone.",
    }
    read: ClassVar[dict[str, str]] = {"format": "date-time"}


class Instant(_WrittenField):
    """A moment with an offset. In a query string its plus sign must be escaped; Z need not."""

    target_class = "api_schema.fields.InstantField"
    written: ClassVar[dict[str, str]] = {
        "pattern": rf"^{DATE}[T ]{TIME}(:[0-5][0-9](\.[0-9]{{1,6}})?)?{OFFSET}$",
    }
    read: ClassVar[dict[str, str]] = {"format": "date-time"}
