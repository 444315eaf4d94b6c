"""How lists are cut into pages."""

from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.views import APIView


class Pages(PageNumberPagination):
    """`{count, next, previous, results}`, with `page` from 1 and `page_size` up to 100."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For the OpenAPI document."""
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "properties": {
                "count": {"type": "integer", "minimum": 0, "description": "How many there are on all pages."},
                "next": address | {"description": "The address of the next page; null on the last."},
                "previous": address | {"description": "The address of the page before; null on the first."},
                "results": schema,
            },
            "required": ["count", "next", "previous", "results"],
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """For the OpenAPI document."""
        number = {"type": "integer", "minimum": 1}
        page = {"anyOf": [number, {"type": "string", "enum": ["last", ""]}], "default": 1}
        size = {"anyOf": [number | {"maximum": self.max_page_size}, {"type": "string"}], "default": self.page_size}
        return [
            _parameter("page", "Pages count from 1.", page),
            _parameter("page_size", "How many to a page; above 100 counts as 100, what is no such number as 25.", size),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
