"""Compare Zoom with the bookings of the coming days, and repair differences on request."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bookings.meetings import reconciliation
from bookings.scheduling.slots import Span


def _date(text: str) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.min, dt.UTC)


class Command(BaseCommand):
    help = "Reports every disagreement between Zoom and the bookings; fails where one is left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", type=_date, help="First day in UTC, YYYY-MM-DD; default: today.")
        parser.add_argument("--days", type=int, default=30, help="How many days, default 30.")
        parser.add_argument("--repair", action="store_true", help="Repair what differs.")
        parser.add_argument(
            "--despite-unknown",
            action="store_true",
            help="Repair even if Zoom has meetings of bookings that are not in this database. They stay as they are.",
        )

    def handle(
        self, *args: Any, first: dt.datetime | None, days: int, repair: bool, despite_unknown: bool, **options: Any
    ) -> None:
        now = timezone.now()
        start = first or now.replace(hour=0, minute=0, second=0, microsecond=0)
        span = Span(start, start + dt.timedelta(days=days))
        found, unasked, unknown = reconciliation.look(span, now=now)
        for sentence in unknown:
            self.stdout.write(f"unknown: {sentence}")
        repairs = repair and (despite_unknown or not unknown)
        for disagreement in found:
            self.stdout.write(str(disagreement))
            if repairs:
                self.repair(disagreement, now)
        left = reconciliation.look(span, now=now).disagreements if repairs and found else found
        if unknown and not despite_unknown:
            nothing = "Nothing was repaired. " if repair else ""
            raise CommandError(
                f"{nothing}{len(unknown)} meeting(s) of bookings that are not in this database: was an older backup "
                "restored? See docs/operations.md."
            )
        if unasked:
            raise CommandError(f"Zoom could not be asked about {'; '.join(unasked)}")
        if left:
            raise CommandError(f"{len(left)} disagreement(s) left.")
        self.stdout.write(f"Zoom agrees with the bookings ({len(found)} repaired)." if found else "Zoom agrees.")

    def repair(self, found: reconciliation.Disagreement, now: dt.datetime) -> None:
        """Repair one. A failure is reported, and the others are still repaired."""
        try:
            reconciliation.repair(found, now=now)
        except reconciliation.ZoomError as error:
            self.stderr.write(f"Not repaired: {error.sentence}")
