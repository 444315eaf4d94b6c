"""The processes of a running stack: started, supervised, ended and started again."""

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import requests

from scripts.server import ROOT
from scripts.with_postgres import Cluster
from testing.identity import Identity
from testing.processes import kill

PATIENCE_SECONDS = 60
SECONDS_TO_A_RESTART = 1


@dataclass
class Process:
    """A program of the stack, that can be ended and started again."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] = field(init=False)
    is_wanted: bool = field(init=False, default=False)

    def start(self) -> None:
        """Returns at once."""
        with self.log.open("ab") as sink:
            self.running = subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdout=sink, stderr=sink, start_new_session=True
            )
        self.is_wanted = True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Returns when it has ended. SIGKILL takes its children with it."""
        self.is_wanted = False
        if how == signal.SIGKILL:
            kill(self.running)
        else:
            self.running.send_signal(how)
            self.running.wait(timeout=PATIENCE_SECONDS)


@dataclass
class Stack:
    """All of it. `address` is where the API answers and `inside` where the web server does, `authority` the file of who
    signed the proxy's certificate (empty without a proxy), `env` what the processes run in.
    """

    folder: Path
    cluster: Cluster
    supabase: Identity
    env: dict[str, str] = field(default_factory=dict)
    address: str = ""
    inside: str = ""
    authority: str = ""
    processes: dict[str, Process] = field(default_factory=dict)

    def start(self, name: str, *command: str, env: dict[str, str] | None = None) -> None:
        """Starts a program of the stack."""
        process = Process(name, list(command), env or self.env, self.folder / f"{name}.log")
        process.start()
        self.processes[name] = process

    def stop(self) -> None:
        """Ends everything, the last one first. One that does not end keeps no other from it."""
        with contextlib.ExitStack() as ending:
            for process in self.processes.values():
                ending.callback(process.stop)

    def supervise(self, is_over: threading.Event) -> None:
        """Start again what ends by itself, as docker-compose.yml has it (`restart: unless-stopped`), and tell of it.

        Celery's worker does so now and then, when its broker goes away in the moment of connecting.
        """
        while not is_over.wait(SECONDS_TO_A_RESTART):
            for process in list(self.processes.values()):
                if process.is_wanted and process.running.poll() is not None:
                    print(f"{process.name} ended by itself ({process.running.returncode}), and is started again")
                    process.start()

    def end(self, name: str, how: signal.Signals) -> None:
        """End one in this way. PostgreSQL takes SIGQUIT as a crash, and SIGINT as an order."""
        if name == "database":
            self.cluster.stop(signal.SIGQUIT if how == signal.SIGKILL else signal.SIGINT)
        else:
            self.processes[name].stop(how)

    def start_again(self, name: str) -> None:
        """Start one that has ended."""
        if name == "database":
            self.cluster.start()
        else:
            self.processes[name].start()

    def readiness(self) -> str:
        """Return what /readyz says of the whole, or `silent` if the web server does not answer."""
        try:
            return str(requests.get(f"{self.inside}/readyz", timeout=10).json()["status"])
        except requests.RequestException:
            return "silent"

    def reload_web(self) -> None:
        """New processes of the web server take over from the old ones."""
        self.processes["web"].running.send_signal(signal.SIGHUP)

    def write_environment(self) -> Path:
        """A file that a shell may source, for manage.py to work on what is running here."""
        file = self.folder / "environment"
        own = {name: value for name, value in self.env.items() if os.environ.get(name) != value}
        file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in own.items()))
        return file

    def logs(self) -> str:
        """What each of them wrote last."""
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))
