"""The form of a teacher's weekly hours: rows of text that are parsed into windows."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from bookings.scheduling.slots import MIDNIGHT, Window
from bookings.services.hours import MOST_WEEKLY


@dataclass
class Row:
    """One span of hours as typed."""

    start: str = ""
    end: str = ""
    error: str = ""

    @property
    def window(self) -> tuple[dt.time, dt.time] | None:
        """Return the window; None if it is invalid, with the reason in `error`."""
        try:
            start, end = dt.time.fromisoformat(self.start), dt.time.fromisoformat(self.end)
        except ValueError:
            self.error = _("Both times are needed.")
            return None
        if end <= start and end != MIDNIGHT:
            self.error = _("The end must be after the start.")
            return None
        return start, end


@dataclass
class DayRows:
    number: int
    rows: list[Row]
    # Spans of this day overlap or touch, and can be merged.
    may_merge: bool = False
    copy_to: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return capfirst(str(WEEKDAYS[self.number]))

    @property
    def others(self) -> list[tuple[int, str, bool]]:
        """The days to copy to, and whether each is ticked: at first the working days after this one."""
        return [
            (number, str(name), number in self.copy_to or self.number < number < 5)
            for number, name in WEEKDAYS.items()
            if number != self.number
        ]


class WeekForm:
    MOST_ROWS: ClassVar[int] = MOST_WEEKLY

    def __init__(self, days: Mapping[int, list[Row]]) -> None:
        self.days = [DayRows(number, days.get(number, [])) for number in range(7)]

    @classmethod
    def of(cls, windows: Iterable[Window]) -> Self:
        """Return the form that shows these weekly windows."""
        days: dict[int, list[Row]] = {}
        for window in sorted(windows, key=lambda window: window[:3]):
            days.setdefault(window.day_of_week, []).append(Row(f"{window.start:%H:%M}", f"{window.end:%H:%M}"))
        return cls(days)

    @classmethod
    def sent(cls, data: QueryDict) -> Self:
        """Return the form as it was sent."""
        form = cls(
            {
                number: [
                    Row(start[:8], end[:8])
                    for start, end in zip(data.getlist(f"from-{number}"), data.getlist(f"to-{number}"), strict=False)
                ][: cls.MOST_ROWS]
                for number in range(7)
            }
        )
        for day in form.days:
            day.copy_to = tuple(int(text) for text in data.getlist(f"copy-{day.number}") if text in set("0123456"))
        return form

    def change(self, button: str) -> None:
        """Apply a button: `add-0`, `remove-0-1`, `copy-0` or `merge-0`; ignore anything else."""
        verb, *numbers = button.split("-")
        if not all(number.isdecimal() and len(number) < 4 for number in numbers):
            return
        match verb, [int(number) for number in numbers]:
            case "add", [day] if day < 7 and len(self.days[day].rows) < self.MOST_ROWS:
                self.days[day].rows.append(Row())
            case "remove", [day, row] if day < 7 and row < len(self.days[day].rows):
                del self.days[day].rows[row]
            case "copy", [day] if day < 7:
                for other in self.days[day].copy_to:
                    self.days[other].rows = [Row(row.start, row.end) for row in self.days[day].rows]
            case "merge", [day] if day < 7:
                self.days[day].rows = _merged(self.days[day].rows)

    def windows(self, *, may_touch: bool) -> list[Window] | None:
        """Return the week; None if a row is invalid, with the reason in the row.

        `may_touch`: accept spans of which one begins where another ends.
        """
        windows = []
        for day in self.days:
            spans = [(row, row.window) for row in day.rows]
            windows += [Window(day.number, *span) for _row, span in spans if span]
            _mark_neighbours(day, may_touch=may_touch)
        return None if any(row.error for day in self.days for row in day.rows) else windows


def _mark_neighbours(day: DayRows, *, may_touch: bool) -> None:
    """Mark the later of two rows that overlap or touch."""
    whole = sorted((row for row in day.rows if not row.error), key=lambda row: (row.start, row.end))
    for earlier, later in pairwise(whole):
        overlap = later.start < earlier.end or earlier.end == "00:00"
        if overlap or (later.start == earlier.end and not may_touch):
            words = {"hours": f"{earlier.start}–{earlier.end}"}
            later.error = (
                _("Overlaps %(hours)s.") % words if overlap else _("Follows %(hours)s without a break.") % words
            )
            day.may_merge = True


def _merged(rows: list[Row]) -> list[Row]:
    """Return the rows, merging those that overlap or touch; invalid rows stay."""
    broken = [row for row in rows if row.window is None]
    merged: list[Row] = []
    for row in sorted((row for row in rows if row not in broken), key=lambda row: row.start):
        last = merged[-1] if merged else None
        if last and (last.end == "00:00" or row.start <= last.end):
            last.end = "00:00" if "00:00" in (last.end, row.end) else max(last.end, row.end)
        else:
            merged.append(Row(row.start, row.end))
    return [*merged, *broken]
