"""Does what is due: ends what time has ended, and tells Zoom what it has not taken yet."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from bookings import idempotency, outbox, overdue

SECONDS_BETWEEN_ROUNDS = 5


class Command(BaseCommand):
    help = "Does everything that is due, once. With --loop it stays, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help=f"Look again every {SECONDS_BETWEEN_ROUNDS} seconds.")

    def handle(self, *args: Any, loop: bool, **options: Any) -> None:
        stopped = threading.Event()
        if loop:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stopped.set())
        while True:
            self.round(is_patient=loop)
            if not loop or stopped.wait(SECONDS_BETWEEN_ROUNDS):
                return

    def round(self, *, is_patient: bool) -> None:
        """Everything that is due now. A worker that stays outlives a database that is down for a while."""
        try:
            for job in (overdue.cancel_unanswered, overdue.complete_finished, outbox.deliver_due, idempotency.forget):
                while job(now=timezone.now()):
                    pass
        except OperationalError as error:
            if not is_patient:
                raise
            self.stderr.write(f"The database failed: {error}")
            close_old_connections()
