"""Measure requests that write mail while the mail server responds, and while it accepts connections but is silent.

The whole service runs as in `make stack`, with Celery or (--without-broker) with `run_due_jobs --loop`. Students book
and cancel in four parts under the same load: the mail server is up, dead, dead, up. So other load on the machine
affects both states alike.

python -m scripts.dead_mail [--seconds 60] [--students 60] [--without-broker]
"""

import argparse
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Iterator

import django

from scripts.load import Sample
from scripts.processes import Stack
from scripts.stack import end, stack

# See `scripts.load`. Nearly all requests write mail.
WEIGHTS = (20, 0, 0, 40, 0, 40)
WRITES = ("book", "cancel")
ANSWERS = {b"DATA": b"354 Go ahead\r\n", b"QUIT": b"221 Bye\r\n"}


class MailServer:
    """Accepts every mail, or while `is_dead` only connections, without responding. Counts both."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.is_dead = False
        self.taken = self.ignored = 0
        self._silent: list[socket.socket] = []

    def listen(self) -> None:
        with contextlib.suppress(OSError):  # it is closed
            while True:
                caller, _ = self._listener.accept()
                if self.is_dead:
                    self.ignored += 1
                    self._silent.append(caller)
                else:
                    threading.Thread(target=self._talk, args=[caller], daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with contextlib.suppress(OSError), caller, caller.makefile("rb") as lines:
            caller.sendall(b"220 mail\r\n")
            for line in lines:
                word = line[:4].upper()
                caller.sendall(ANSWERS.get(word, b"250 OK\r\n"))
                if word == b"DATA":
                    for content in lines:
                        if content == b".\r\n":
                            break
                    self.taken += 1
                    caller.sendall(b"250 OK\r\n")


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = MailServer(listener)
        threading.Thread(target=server.listen, daemon=True).start()
        yield server


def measure(running: Stack, mail: MailServer, seconds: int, students: int) -> int:
    """Print the measurements; return the number of failures."""
    from notifications.models import Message  # models need the settings
    from scripts.proof import load, make_people
    from scripts.verdict import failures

    people, found = make_people(running.supabase, students), dict[bool, list[Sample]]({False: [], True: []})
    load(running, people, 10, "to warm up", {}, weights=WEIGHTS)
    for mail.is_dead in (False, True, True, False):
        name = f"the mail server {'is dead' if mail.is_dead else 'answers'}"
        found[mail.is_dead] += load(running, people, seconds, name, {}, weights=WEIGHTS)
        Message.objects.all().delete()  # the backlog would be sent in the next part
    print(f"\nThe mail server accepted {mail.taken} mails and left {mail.ignored} connections hanging.")
    wrong = [*slower(found[False], found[True]), *failures("the mail server is dead", found[True], allowed=set())]
    if not (mail.taken and mail.ignored):
        wrong.append("Nothing was proved: no mail was sent, or no connection hung.")
    print("\n".join(wrong) if wrong else "The dead mail server slowed no request down.")
    return len(wrong)


def slower(before: list[Sample], after: list[Sample]) -> list[str]:
    """Return a sentence for each kind of request that became too slow."""
    from scripts.proof import quantiles  # models need the settings
    from scripts.verdict import slowed

    wrong = []
    for what in WRITES:
        (median, late), (median_dead, late_dead) = (
            quantiles([sample.milliseconds for sample in of if sample.what == what]) for of in (before, after)
        )
        print(f"{what}: p50 {median:.1f} ms, dead {median_dead:.1f} ms; p99 {late:.1f} ms, dead {late_dead:.1f} ms")
        wrong += slowed(what, late, late_dead)
    return wrong


def main() -> int:
    """Return 0 if no request became too slow or failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="Duration of each of the four parts, default 60.")
    parser.add_argument("--students", type=int, default=60, help="Number of students, default 60.")
    parser.add_argument("--without-broker", action="store_true", help="Run `run_due_jobs --loop` instead of Celery.")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, end)
    with mail_server() as mail:
        settings = {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"}
        with stack(**settings, **({"CELERY_BROKER_URL": ""} if asked.without_broker else {})) as running:
            running.adopt_environment()
            django.setup()
            return measure(running, mail, asked.seconds, asked.students)


if __name__ == "__main__":
    sys.exit(main())
