"""A whole installation for a test: a database, Zoom on a port, and the environment that its processes run in."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from scripts.server import ROOT
from testing.processes import PATIENCE_SECONDS, python
from testing.web_server import Server, connected_to, migrated_database, web_server
from testing.zoom_server import ZoomServer, zoom_server


class Site(NamedTuple):
    """Where everything is; `environment` is what its processes are started with."""

    zoom: ZoomServer
    database_url: str
    folder: Path
    environment: dict[str, str]

    @property
    def log(self) -> Path:
        """What its processes wrote, but for the web server."""
        return self.folder / "processes.log"

    @contextlib.contextmanager
    def web(self, **settings: str) -> Iterator[Server]:
        """The web server: one process with four threads."""
        with contextlib.ExitStack() as stack:
            with patch.dict(os.environ, self.environment | settings):
                server = stack.enter_context(web_server(self.database_url, self.folder, workers=1))
            yield server

    @contextlib.contextmanager
    def with_nothing_booked(self) -> Iterator["Site"]:
        """The installation, and a Zoom without meetings. At the end Zoom works again."""
        # Models are there only when the settings are.
        from bookings.models import Booking, BookingChange, HostDay, MeetingSync
        from notifications.models import Message

        for rows in (Message.objects, MeetingSync.objects, BookingChange.objects, Booking.objects, HostDay.objects):
            rows.all().delete()
        self.zoom.forget()
        try:
            yield self
        finally:
            self.zoom.before.clear()
            self.zoom.after.clear()
            self.zoom.recover()

    def worker(self, *options: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """A running `run_due_jobs`."""
        return python("manage.py", "run_due_jobs", *options, env=self.environment, log=self.log)

    def work(self) -> None:
        """Do all that is due, also what waits after a failure."""
        self._manage("run_due_jobs", "--ignore-backoff", check=True)

    def repair(self) -> None:
        """Compare Zoom with the bookings, and do what follows from it."""
        self._manage("check_zoom", "--repair", check=False)  # it fails where Zoom does not agree yet
        self.work()

    def _manage(self, *words: str, check: bool) -> None:
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=check, timeout=PATIENCE_SECONDS)  # noqa: S603  # ours


@contextlib.contextmanager
def site(folder: Path) -> Iterator[Site]:
    """An installation that is set up; this thread's queries go to its database."""
    with zoom_server() as zoom, migrated_database(folder) as url, connected_to(url):
        # The project's own settings: those of the tests would take no variables.
        own = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "rag_app.settings", "ZOOM_TIMEOUT_SECONDS": "5"}
        yield Site(zoom, url, folder, os.environ | own | zoom.environment)
