"""Validate requests. Nothing is silently ignored: unknown names are refused by name."""

import functools
import heapq
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

S = TypeVar("S", bound=serializers.Serializer[Any])

NO_SUCH_FIELD, READ_ONLY = _("There is no such field here."), _("This cannot be changed here.")
NO_SUCH_PARAMETER, REPEATED = _("There is no such parameter here."), _("Send this once.")
# A body may hold tens of thousands of very long names; limit how many an error lists, and their length.
MOST_NAMED, LONGEST_NAME = 20, 100
# Of queries, if they are no longer than this.
KEPT_QUERIES, LONGEST_KEPT_QUERY = 1024, 1000


def valid(serializer: S) -> S:
    """Validate and return the serializer. Raises ValidationError (400)."""
    serializer.is_valid(raise_exception=True)
    return serializer


def validated(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return the validated values, by a serializer that is made once: making one takes longer than using it.

    For serializers that need no context. Raises ValidationError (400).
    """
    values: dict[str, Any] = _made_once(serializer).run_validation(data)
    return values


def refuse(sentences: Iterable[tuple[str, str | Promise]]) -> None:
    """Raise ValidationError if there are any errors, keyed by field or parameter."""
    named = heapq.nsmallest(MOST_NAMED, ((name[:LONGEST_NAME], str(sentence)) for name, sentence in sentences))
    if named:
        raise serializers.ValidationError({name: [sentence] for name, sentence in named})


class OnlyKnownFields(serializers.Serializer[Any]):
    """Refuse unknown and read-only fields instead of ignoring them, so that nobody believes they changed their role."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values. Raises ValidationError, which names the first unknown fields."""
        if isinstance(data, Mapping):
            refuse((name, self._refusal(name)) for name in data if not self._is_writable(name))
        return super().to_internal_value(data)

    def _is_writable(self, name: str) -> bool:
        return name in self.fields and not self.fields[name].read_only

    def _refusal(self, name: str) -> Promise:
        return READ_ONLY if name in self.fields else NO_SUCH_FIELD


class Nothing(OnlyKnownFields):
    """The body of a request that has nothing to say."""


class StrictView(APIView):
    """A view that refuses query parameters that it does not know, and those that are sent twice."""

    # Serializers of query parameters by action, or by method for plain views; absent: none are accepted.
    queries: ClassVar[Mapping[str, type[serializers.Serializer[Any]]]] = {}
    # Those that are paginated, and so accept the paginator's parameters too.
    paged: ClassVar[tuple[str, ...]] = ("list",)
    _asked: Mapping[str, Any] | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Validate the query parameters once permissions are checked. Raises ValidationError (400)."""
        query = request.META.get("QUERY_STRING", "")
        if len(query) <= LONGEST_KEPT_QUERY:
            # All that follows reads it there.
            request._request.GET = _parsed(query)  # type: ignore[assignment]  # a stub of it that cannot be changed
        super().initial(request, *args, **kwargs)
        # An unknown method is refused as such.
        is_known = request.method != "OPTIONS" and hasattr(self, str(request.method).lower())
        if request.query_params and is_known:
            refuse(_refusals(request.query_params, self._known_parameters()))

    def asked(self) -> Mapping[str, Any]:
        """Return the validated parameters. Raises ValidationError (400)."""
        if self._asked is None:
            self._asked = _valid_query(self.queries[self._operation], tuple(self.request.query_params.items()))
        return self._asked

    @property
    def _operation(self) -> str:
        method = str(self.request.method).lower()
        return getattr(self, "action", None) or ("get" if method == "head" else method)

    def _known_parameters(self) -> frozenset[str]:
        query = self.queries.get(self._operation)
        known = _names(query) if query else frozenset()
        if self._operation not in self.paged:
            return known
        paginator = getattr(self, "paginator", None)
        return (
            known | {each["name"] for each in paginator.get_schema_operation_parameters(self)} if paginator else known
        )


@functools.cache
def _made_once(serializer: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    return serializer()  # validation keeps no state in it


# Pages ask the same again and again, and what a query means depends on nothing else.
@functools.lru_cache(maxsize=KEPT_QUERIES)
def _parsed(query: str) -> QueryDict:
    return QueryDict(query.encode("iso-8859-1"))  # as WSGI decodes it


@functools.lru_cache(maxsize=KEPT_QUERIES)
def _valid_query(query: type[serializers.Serializer[Any]], sent: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    return MappingProxyType(validated(query, dict(sent)))


@functools.cache
def _names(query: type[serializers.Serializer[Any]]) -> frozenset[str]:
    return frozenset(_made_once(query).fields)


def _refusals(sent: QueryDict, known: frozenset[str]) -> Iterable[tuple[str, Promise]]:
    for name, values in sent.lists():
        if name not in known:
            yield name, NO_SUCH_PARAMETER
        elif len(values) > 1:
            yield name, REPEATED
