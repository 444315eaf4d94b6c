"""Busy times from a teacher's other calendars."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator

from django.db import transaction

from bookings.models import BusyElsewhere
from bookings.scheduling import slots
from bookings.scheduling.slots import DAY, MIDNIGHT, Span


@transaction.atomic
def replace_busy(*, teacher_id: uuid.UUID, source: uuid.UUID, spans: Iterable[Span]) -> None:
    """Replace the source's busy times of the teacher by these spans, merged. Unchanged rows are not written."""
    wanted = set(_by_day(slots.union(spans)))
    rows = BusyElsewhere.objects.filter(source=source, teacher_id=teacher_id)
    stored = {Span(start, end): pk for start, end, pk in rows.values_list("start_time", "end_time", "pk")}
    if gone := [pk for span, pk in stored.items() if span not in wanted]:
        BusyElsewhere.objects.filter(pk__in=gone).delete()
    BusyElsewhere.objects.bulk_create(
        BusyElsewhere(teacher_id=teacher_id, source=source, start_time=span.start, end_time=span.end)
        for span in sorted(wanted - stored.keys())
    )


def _by_day(spans: Iterable[Span]) -> Iterator[Span]:
    """Cut the spans at midnight UTC: a row holds at most a day (LONGEST_BUSY)."""
    for start, end in spans:
        while start < end:
            midnight = dt.datetime.combine(start.date() + DAY, MIDNIGHT, dt.UTC)
            yield Span(start, min(end, midnight))
            start = midnight
