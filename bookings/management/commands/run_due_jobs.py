"""Run due jobs: end overdue bookings, and deliver what waits in the outboxes."""

import itertools
import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from bookings import jobs
from outbox import clock, dispatch

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_ROUNDS = 5


class Command(BaseCommand):
    help = "Does everything that is due, once. With --loop it stays, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ignore-backoff", action="store_true", help="Take what waits after a failure, too.")
        parser.add_argument(
            "--loop",
            action="store_true",
            help=f"Look again every {SECONDS_BETWEEN_ROUNDS} seconds, and at Zoom itself every hour.",
        )

    def handle(self, *args: Any, loop: bool, ignore_backoff: bool, **options: Any) -> None:
        if ignore_backoff:
            for courier in dispatch.couriers():
                courier.rows.end_backoff(clock.now())
        if not loop:
            self.stdout.write(f"Done: {jobs.run_all(clock.now)}.")
            return
        stopped = threading.Event()
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, lambda *_: stopped.set())
        rounds = jobs.SECONDS_BETWEEN_SWEEPS // SECONDS_BETWEEN_ROUNDS
        for number in itertools.cycle(range(rounds)):
            self.patient_round(stopped, sweeps=number == 0)
            if stopped.wait(SECONDS_BETWEEN_ROUNDS):
                return

    def patient_round(self, stopped: threading.Event, *, sweeps: bool) -> None:
        """Run one round. With --loop the worker survives any failure, such as a database outage."""
        try:
            jobs.run_all(clock.now, is_stopped=stopped.is_set, patience=jobs.PATIENCE)
            if sweeps and not stopped.is_set():
                jobs.sweep(clock.now)
        except Exception:
            logger.exception("A round failed; the next one follows.")
            close_old_connections()
