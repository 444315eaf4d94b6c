"""The constraint that no two live bookings of a person, or of a Zoom host's lane, overlap, enforced by the database."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, F, Field, Func, Model, Q
from django.utils.translation import gettext_lazy as _

OVERLAP = _("Time slot is not available")

# Created for INSERT and for UPDATE.
_TRIGGER = """
CREATE TRIGGER "{name}_{event}" BEFORE {event} ON %(table)s
WHEN NEW."status" IN ({statuses}) AND EXISTS (
    SELECT 1 FROM %(table)s WHERE {same} AND "status" IN ({statuses}) AND "id" <> NEW."id"
    AND "{start}" < NEW."{end}" AND "{end}" > NEW."{start}"
)
BEGIN SELECT RAISE(ABORT, '{name}'); END
"""


class NoOverlap(BaseConstraint):
    """No two rows with the same `person` and one of `statuses` share an instant of `[start, end)`.

    `person` may be several columns. Rows in which one of them is null overlap nothing.

    PostgreSQL gets an exclusion constraint (it needs btree_gist). SQLite gets a pair of triggers; because they are
    created as part of the table's definition, they come back when a later migration rebuilds the table.
    """

    def __init__(
        self, *, name: str, person: str | Sequence[str], start: str, end: str, statuses: Iterable[str]
    ) -> None:
        self.person, self.start, self.end, self.statuses = person, start, end, tuple(str(word) for word in statuses)
        super().__init__(name=name, violation_error_message=OVERLAP, violation_error_code="slot_unavailable")

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """Return the part of CREATE TABLE; on SQLite, defer the triggers until the table exists."""
        assert model is not None
        assert schema_editor is not None
        if schema_editor.connection.vendor == "postgresql":
            return self._exclusion(model).constraint_sql(model, schema_editor)
        schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
        return None

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """Return the statement for an existing table. Not called on SQLite, whose tables are rebuilt."""
        assert model is not None
        return self._exclusion(model).create_sql(model, schema_editor)

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """Return the statement that drops it. Not called on SQLite, whose tables are rebuilt."""
        assert model is not None
        return self._exclusion(model).remove_sql(model, schema_editor)

    @property
    def _same(self) -> tuple[str, ...]:
        return (self.person,) if isinstance(self.person, str) else tuple(self.person)

    def _exclusion(self, model: type[Model]) -> ExclusionConstraint:
        # Rows with a null overlap nothing: without them the index is smaller, and most writes do not touch it.
        known = {f"{name}__isnull": False for name in self._same if _field(model, name).null}
        span = Func(F(self.start), F(self.end), function="tstzrange", output_field=DateTimeRangeField())
        return ExclusionConstraint(
            name=self.name,
            expressions=[*((name, RangeOperators.EQUAL) for name in self._same), (span, RangeOperators.OVERLAPS)],
            condition=Q(status__in=self.statuses, **known),
        )

    def _triggers(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        def column(field: str) -> str:
            return _field(model, field).column

        statuses = ", ".join(f"'{status}'" for status in self.statuses)
        same = " AND ".join(f'"{column(name)}" = NEW."{column(name)}"' for name in self._same)
        names = {"same": same, "start": column(self.start), "end": column(self.end)}
        # A Statement's table follows the rename when Django rebuilds the table under another name.
        table = Table(model._meta.db_table, schema_editor.quote_name)
        return [
            Statement(_TRIGGER.format(name=self.name, event=event, statuses=statuses, **names), table=table)
            for event in ("INSERT", "UPDATE")
        ]

    def validate(
        self,
        model: type[Model],
        instance: Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Raise ValidationError if another live row overlaps. Forms call this before saving."""
        names = (*self._same, self.start, self.end)
        values = {name: getattr(instance, _field(model, name).attname) for name in names}
        if None in values.values() or getattr(instance, "status", None) not in self.statuses:
            return
        clash = {
            **{name: values[name] for name in self._same},
            f"{self.start}__lt": values[self.end],
            f"{self.end}__gt": values[self.start],
            "status__in": self.statuses,
        }
        if model._default_manager.using(using).filter(**clash).exclude(pk=instance.pk).exists():
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def deconstruct(self) -> Any:
        options = {key: getattr(self, key) for key in ("name", "person", "start", "end", "statuses")}
        return "bookings.constraints.NoOverlap", (), options

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NoOverlap) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    field = model._meta.get_field(name)
    assert isinstance(field, Field)
    return field


def violated(error: IntegrityError, constraints: Iterable[str]) -> bool:
    """Return True if one of these constraints made the database refuse a write."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name in constraints
    return any(name in str(error) for name in constraints)
