"""Requests that write mail, while the mail server answers and while it accepts connections and never says a word.

The whole service runs as `make stack` runs it, with Celery or (--without-broker) with `run_due_jobs --loop`. Students
book and cancel in four parts, under the same load: the server answers, is dead, is dead, answers. So what slows the
machine down meanwhile counts for both.

python -m scripts.dead_mail [--seconds 60] [--students 60] [--without-broker]
"""

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator

import django

from scripts.load import Sample
from scripts.processes import Stack
from scripts.stack import end, stack

# As in `scripts.load`: nearly all requests write mail.
WEIGHTS = (20, 0, 0, 40, 0, 40)
WRITES = ("book", "cancel")
MOST_TIMES_SLOWER = 3
# A tenth of a second is felt as at once (nngroup.com, "Response Times: The 3 Important Limits").
UNNOTICED_MILLISECONDS = 100.0
ANSWERS = {b"DATA": b"354 Go ahead\r\n", b"QUIT": b"221 Bye\r\n"}


class MailServer:
    """Takes every mail, or while it `is_dead` accepts connections and says nothing. It counts both."""

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
    """Print what was seen; return the number of what did not hold."""
    from notifications.models import Message  # models need the settings
    from scripts.proof import load, make_people
    from scripts.verdict import failures

    people, found = make_people(running.supabase, students), dict[bool, list[Sample]]({False: [], True: []})
    load(running, people, 10, "to warm up", {}, weights=WEIGHTS)
    for mail.is_dead in (False, True, True, False):
        name = f"the mail server {'is dead' if mail.is_dead else 'answers'}"
        found[mail.is_dead] += load(running, people, seconds, name, {}, weights=WEIGHTS)
        Message.objects.all().delete()  # what has piled up would be sent in the next part
    print(f"\nThe mail server took {mail.taken} mails, and let {mail.ignored} connections hang.")
    wrong = [*slower(found[False], found[True]), *failures("the mail server is dead", found[True], allowed=set())]
    if not (mail.taken and mail.ignored):
        wrong.append("Nothing was proved: nobody tried to send mail.")
    print("\n".join(wrong) if wrong else "Nobody noticed.")
    return len(wrong)


def slower(before: list[Sample], after: list[Sample]) -> list[str]:
    """Return a sentence for what became too slow."""
    from scripts.proof import quantiles

    wrong = []
    for what in WRITES:
        (median, late), (median_dead, late_dead) = (
            quantiles([sample.milliseconds for sample in of if sample.what == what]) for of in (before, after)
        )
        print(f"{what}: p50 {median:.1f} ms, dead {median_dead:.1f} ms; p99 {late:.1f} ms, dead {late_dead:.1f} ms")
        if late_dead > MOST_TIMES_SLOWER * max(late, UNNOTICED_MILLISECONDS):
            wrong.append(f"{what}: p99 rose from {late:.0f} ms to {late_dead:.0f} ms.")
    return wrong


def main() -> int:
    """Return 0 if nobody noticed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="How long each of the four parts lasts, default 60.")
    parser.add_argument("--students", type=int, default=60, help="How many there are, default 60.")
    parser.add_argument("--without-broker", action="store_true", help="Run `run_due_jobs --loop` instead of Celery.")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, end)
    with mail_server() as mail:
        settings = {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"}
        with stack(**settings, **({"CELERY_BROKER_URL": ""} if asked.without_broker else {})) as running:
            os.environ |= running.env | {"DJANGO_SETTINGS_MODULE": "rag_app.settings"}
            if running.authority:
                os.environ["REQUESTS_CA_BUNDLE"] = running.authority
            django.setup()
            return measure(running, mail, asked.seconds, asked.students)


if __name__ == "__main__":
    sys.exit(main())
