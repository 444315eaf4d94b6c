"""Pagination by page number, or by cursor."""

import re
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from rag_app.http import cursors

# No list is longer, and databases accept no larger offset.
PAGE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class SelfCounting(Paginator):  # type: ignore[type-arg]  # not generic at runtime
    """Skips the count query if the page is not full: then it is the last, and gives the count."""

    def page(self, number: int | str) -> Page[Any]:
        """Return the page. Raises InvalidPage."""
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
    """`{count, next, previous, results, next_after}`, with `page` from 1 and `page_size` up to 100.

    `after`, with the `next_after` of the previous response, continues from there: numbered pages shift while rows come
    and go, these do not.
    """

    django_paginator_class = SelfCounting
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
    after_query_param = "after"

    def paginate_queryset(self, queryset: "QuerySet[Any]", request: Request, view: APIView | None = None) -> Any:
        """Return the rows of the page. Raises NotFound for a missing page, ValidationError for a bad cursor."""
        self._order = cursors.keys(queryset)
        self._cursor = request.query_params.get(self.after_query_param)
        if self._cursor is None:
            rows = super().paginate_queryset(queryset, request, view)
            assert self.page is not None
            self._count, self._has_more = self.page.paginator.count, self.page.has_next()
        else:
            rows = self._rows_after(queryset, request, self._cursor)
        self._next_after = cursors.cursor_of(rows[-1], self._order) if rows and self._has_more else None
        return rows

    def _rows_after(self, queryset: "QuerySet[Any]", request: Request, cursor: str) -> list[Any]:
        if self.page_query_param in request.query_params:
            raise ValidationError({self.after_query_param: [_("Send either page or after.")]})
        self.request = request
        self._count = queryset.count()
        size = self.get_page_size(request) or self.page_size
        try:
            rows = list((cursors.after(queryset, cursor) if cursor else queryset)[: size + 1])
        except cursors.InvalidCursor as error:
            sentence = _("Send the next_after of a page of this list in this order.")
            raise ValidationError({self.after_query_param: [sentence]}) from error
        self._has_more = len(rows) > size
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page, with the links to its neighbours."""
        is_by_number = self._cursor is None
        body = {
            "count": self._count,
            "next": self.get_next_link() if is_by_number else self._link_after(),
            "previous": self.get_previous_link() if is_by_number else None,
            "results": data,
        }
        return Response(body | {"next_after": self._next_after})

    def _link_after(self) -> str | None:
        assert self.request is not None
        if self._next_after is None:
            return None
        address = remove_query_param(self.request.build_absolute_uri(), self.page_query_param)
        return replace_query_param(address, self.after_query_param, self._next_after)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """For the OpenAPI document."""
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "properties": {
                "count": {"type": "integer", "minimum": 0, "description": "Number of rows on all pages."},
                "next": address | {"description": "URL of the next page; null on the last."},
                "previous": address
                | {"description": "URL of the previous page; null on the first, and if `after` was sent."},
                "results": schema,
                "next_after": {
                    "type": ["string", "null"],
                    "description": "Value of `after` for the next page; null on the last.",
                },
            },
            "required": ["count", "next", "previous", "results", "next_after"],
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """For the OpenAPI document."""
        number = {"type": "integer", "minimum": 1}
        page = {"anyOf": [number, {"type": "string", "enum": ["last", ""]}], "default": 1}
        size = {"anyOf": [number | {"maximum": self.max_page_size}, {"type": "string"}], "default": self.page_size}
        after = (
            "The `next_after` of the previous page, instead of `page`: no row shifts to another page while rows come "
            "and go. Empty: from the beginning."
        )
        return [
            _parameter("page", "Page number, from 1.", page),
            _parameter("page_size", "Rows per page; above 100 counts as 100, an invalid number as 25.", size),
            _parameter("after", after, {"type": "string", "maxLength": cursors.LONGEST}),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
