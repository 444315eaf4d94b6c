"""Checks after a load: the responses, and the rows in the database. Needs Django to be set up."""

import time
from collections import Counter

from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from bookings.meetings.turns import BUSY
from bookings.models import Booking, HostDay, MeetingSync
from scripts.load import NO_ANSWER, Sample

MOST_TIMES_SLOWER = 3
# A tenth of a second feels instantaneous (nngroup.com, "Response Times: The 3 Important Limits").
UNNOTICED_MILLISECONDS = 100.0
MOST_DAYS = 30
PATIENCE_SECONDS = 60

OVERLAPS = """
    SELECT count(*) FROM bookings_booking a JOIN bookings_booking b ON a.id < b.id
     AND (a.teacher_id = b.teacher_id AND a.start_time < b.blocked_until AND b.start_time < a.blocked_until
       OR a.student_id = b.student_id AND a.start_time < b.end_time AND b.start_time < a.end_time)
    WHERE a.status IN ('PENDING', 'CONFIRMED') AND b.status IN ('PENDING', 'CONFIRMED')
"""


def failures(name: str, samples: list[Sample], *, allowed: set[int]) -> list[str]:
    """Return a sentence for each kind of response that must not occur: none at all, 429, and 5xx."""
    bad = [s for s in samples if s.status in (NO_ANSWER, 429) or s.status >= 500]
    kinds = Counter((s.what, s.status, s.sentence) for s in bad if s.status not in allowed and not _may_retry(s))
    return [f"Load, {name}: {count} x {what} -> {status} {words}" for (what, status, words), count in kinds.items()]


def slowed(what: str, before: float, after: float) -> list[str]:
    """Return a sentence if the 99th percentile, in milliseconds, rose too far."""
    if after <= MOST_TIMES_SLOWER * max(before, UNNOTICED_MILLISECONDS):
        return []
    return [f"{what}: p99 rose from {before:.0f} ms to {after:.0f} ms."]


def judge_rows(samples: list[Sample]) -> list[str]:
    """Require that no bookings overlap, none that was answered 201 is lost, nothing is due, and Zoom agrees."""
    wrong = []
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        [overlaps] = cursor.fetchone()
    if overlaps:
        wrong.append(f"{overlaps} pairs of live bookings overlap.")
    promised = {sample.booking for sample in samples if sample.booking}
    lost = len(promised) - Booking.objects.filter(pk__in=promised).count()
    if lost:
        wrong.append(f"{lost} of {len(promised)} bookings were answered 201 and lost.")
    if left := _left_after_days():
        wrong.append(f"{left} events are still due.")
    try:
        call_command("check_zoom", "--days", "40")
    except CommandError as error:
        wrong.append(f"Zoom does not agree: {error}")
    print(f"{len(promised)} bookings were made, {overlaps} pairs overlap, {lost} are lost.")
    return wrong


def _left_after_days() -> int:
    """Return how many events are still due once the days that they wait for have come.

    Moves beyond a host's daily limit wait for the next day (bookings/meetings/pacing.py), and some for the day after.
    """
    for _ in range(MOST_DAYS):
        HostDay.objects.all().delete()
        MeetingSync.objects.end_backoff(timezone.now())
        if left := _left_to_tell():
            return left
        if not MeetingSync.objects.open().filter(stopped_at=None).exists():
            break
    return 0


def _left_to_tell() -> int:
    """Return how many events are due after the worker has had time for them."""
    for _ in range(PATIENCE_SECONDS):
        due = MeetingSync.objects.due(timezone.now()).count()
        leased = MeetingSync.objects.open().filter(leased_until__gt=timezone.now()).count()
        if not due + leased:
            return 0
        time.sleep(1)
    return due + leased


def _may_retry(sample: Sample) -> bool:
    """Return True for a confirmation that was told to retry later: few threads wait for Zoom at a time."""
    return (sample.what, sample.status, sample.sentence) == ("confirm", 503, str(BUSY))
