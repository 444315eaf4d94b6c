"""A real CalDAV server, Radicale, behind the small internet of the tests."""

import base64
import contextlib
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from calendars.tests.parts import ics
from guarded_http.deadline import Deadline
from guarded_http.requests import request
from scripts.with_postgres import free_port
from testing.processes import python, until

HOST, USERNAME, PASSWORD = "dav.example.com", "maria", "an-app-password"
ADDRESS = f"http://{HOST}/"
MAKE = (
    '<mkcalendar xmlns="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:set><d:prop>'
    '<supported-calendar-component-set><comp name="{kind}"/></supported-calendar-component-set>'
    "</d:prop></d:set></mkcalendar>"
)


class Radicale:
    """One account, empty at the beginning of each test."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def empty(self) -> None:
        shutil.rmtree(self.folder / "collection-root" / USERNAME, ignore_errors=True)

    def make(self, calendar: str, *events: str, kind: str = "VEVENT") -> None:
        """Make a calendar of these events, each given by its lines."""
        self._send("MKCALENDAR", f"{USERNAME}/{calendar}/", MAKE.format(kind=kind).encode())
        for number, lines in enumerate(events):
            self.put(f"{calendar}/{number}.ics", ics(f"UID:{calendar}-{number}\n{lines}"))

    def put(self, path: str, content: bytes) -> None:
        self._send("PUT", f"{USERNAME}/{path}", content)

    def _send(self, method: str, path: str, body: bytes) -> None:
        headers = {"Authorization": f"Basic {base64.b64encode(f'{USERNAME}:{PASSWORD}'.encode()).decode()}"}
        with (
            Deadline(20) as deadline,
            request(method, f"{ADDRESS}{path}", headers, deadline=deadline, body=body) as done,
        ):
            assert done.status == 201, done.read()


@contextlib.contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    server = Radicale(free_port(), folder / "collections")
    passwords, log = folder / "passwords", folder / "radicale.log"
    passwords.write_text(f"{USERNAME}:{PASSWORD}\n")
    options = {
        "config": "",
        "server-hosts": f"127.0.0.1:{server.port}",
        "auth-type": "htpasswd",
        "auth-htpasswd-filename": str(passwords),
        "auth-htpasswd-encryption": "plain",
        "auth-delay": "0",
        "storage-filesystem-folder": str(server.folder),
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    with python("-m", "radicale", *words, env=os.environ, log=log):
        until(lambda: _accepts(server.port))
        yield server


def _accepts(port: int) -> bool:
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
