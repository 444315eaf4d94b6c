"""How lists are cut into pages."""

import re
from typing import Any

from django.core.paginator import Page, Paginator
from rest_framework.pagination import PageNumberPagination
from rest_framework.views import APIView

# No list is longer, and databases take no larger offset.
PAGE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class SelfCounting(Paginator):  # type: ignore[type-arg]  # no class of Django that takes one when it runs
    """Counts only where the page does not tell: one that ends before it is full is the last, and has told."""

    def page(self, number: int | str) -> Page[Any]:
        """The page. Raises InvalidPage."""
        if not PAGE.fullmatch(str(number)):
            return super().page(number)
        skipped = (int(number) - 1) * self.per_page
        rows = list(self.object_list[skipped : skipped + self.per_page + 1])
        if rows and len(rows) <= self.per_page:
            self.count = skipped + len(rows)
        if len(rows) > self.per_page or self.count > skipped:
            return Page(rows[: self.per_page], int(number), self)
        return super().page(number)


class Pages(PageNumberPagination):
    """`{count, next, previous, results}`, with `page` from 1 and `page_size` up to 100."""

    django_paginator_class = SelfCounting
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
