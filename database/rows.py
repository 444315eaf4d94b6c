"""Aggregate the rows of one query into a column of another, to save round trips."""

import datetime as dt
from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet, Subquery, TextField
from django.db.models.sql.compiler import SQLCompiler


class Rows(Subquery):
    """All rows of `queryset.values(...)` as a JSON array of arrays, whose members are in the order of `values`.

    Annotations come last. Times come as ISO 8601; SQLite's have neither "T" nor offset, and are UTC. Without rows
    PostgreSQL returns NULL.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        super().__init__(queryset, output_field=TextField())
        self._names = [*queryset.query.values_select, *queryset.query.annotation_select]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **kwargs: Any) -> Any:
        return self._array("json_group_array(json_array({}))", compiler, connection)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **kwargs: Any) -> Any:
        return self._array("json_agg(json_build_array({}))::text", compiler, connection)

    def _array(self, array: str, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        names = ", ".join(connection.ops.quote_name(name) for name in self._names)
        template = f"(SELECT {array.format(names)} FROM (%(subquery)s) AS found)"  # noqa: S608  # names of columns
        return super().as_sql(compiler, connection, template=template)  # type: ignore[call-arg]  # missing in the stubs


def read_rows(column: str | None) -> list[list[Any]]:
    """Return the rows that a column of `Rows` holds."""
    return orjson.loads(column) if column else []


def instant(text: str) -> dt.datetime:
    """Return a time of `Rows`."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
