"""Shapes that the serializers of bookings do not tell."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from api_schema.openapi import Described, narrowed


class BookingRequestShape(Described):
    target_class = "bookings.api.bookings.serializers.BookingRequestSerializer"
    request_name = "Booking"


class BookingPatchShape(Described):
    target_class = "bookings.api.bookings.serializers.BookingPatchSerializer"
    request_name = "Booking"

    def _request(self, schema: dict[str, Any]) -> None:
        super()._request(schema)
        properties, closed = schema.pop("properties"), schema.pop("additionalProperties")
        schema.pop("type")
        schema["oneOf"] = [
            {
                "type": "object",
                "properties": {needed: properties[needed]},
                "required": [needed],
                "additionalProperties": closed,
            }
            for needed in ("notes", "status", "outcome")
        ]


class ZoomInfoShape(Described):
    """The meeting is there, or none of it is."""

    target_class = "bookings.api.bookings.serializers.ZoomInfoSerializer"

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        return narrowed(super().map_serializer(auto_schema, direction), by="has_meeting")
