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
    """A program of the stack that can be stopped and started again."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    running: subprocess.Popen[bytes] = field(init=False)
    is_wanted: bool = field(init=False, default=False)

    def start(self) -> None:
        """Start it without waiting for it."""
        with self.log.open("ab") as sink:
            self.running = subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdout=sink, stderr=sink, start_new_session=True
            )
        self.is_wanted = True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and wait until it has ended. SIGKILL kills its children too."""
        self.is_wanted = False
        if how == signal.SIGKILL:
            kill(self.running)
        else:
            self.running.send_signal(how)
            self.running.wait(timeout=PATIENCE_SECONDS)


@dataclass
class Stack:
    """The whole service.

    `address` is the URL of the API, `inside` that of the web server behind the proxy, `authority` the CA file of the
    proxy's certificate (empty without a proxy), and `env` the environment of the processes.
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
        """Start a program of the stack."""
        process = Process(name, list(command), env or self.env, self.folder / f"{name}.log")
        process.start()
        self.processes[name] = process

    def stop(self) -> None:
        """Stop everything in reverse order. If one cannot be stopped, the others still are."""
        with contextlib.ExitStack() as ending:
            for process in self.processes.values():
                ending.callback(process.stop)

    def supervise(self, is_over: threading.Event) -> None:
        """Restart programs that end by themselves, as docker-compose.yml does (`restart: unless-stopped`), and say so.

        Celery's worker sometimes ends when its broker goes away while it is connecting.
        """
        while not is_over.wait(SECONDS_TO_A_RESTART):
            for process in list(self.processes.values()):
                if process.is_wanted and process.running.poll() is not None:
                    print(f"{process.name} ended by itself ({process.running.returncode}) and is restarted")
                    process.start()

    def end(self, name: str, how: signal.Signals) -> None:
        """Stop one program. PostgreSQL crashes at SIGQUIT, and shuts down at SIGINT."""
        if name == "database":
            self.cluster.stop(signal.SIGQUIT if how == signal.SIGKILL else signal.SIGINT)
        else:
            self.processes[name].stop(how)

    def start_again(self, name: str) -> None:
        """Start a program that was stopped."""
        if name == "database":
            self.cluster.start()
        else:
            self.processes[name].start()

    def readiness(self) -> str:
        """Return the status from /readyz, or `silent` if the web server does not respond."""
        try:
            return str(requests.get(f"{self.inside}/readyz", timeout=10).json()["status"])
        except requests.RequestException:
            return "silent"

    def reload_web(self) -> None:
        """Replace the web server's processes by new ones."""
        self.processes["web"].running.send_signal(signal.SIGHUP)

    def adopt_environment(self) -> None:
        """Give this process the stack's settings: it creates people, and checks the database afterwards."""
        os.environ |= self.env | {"DJANGO_SETTINGS_MODULE": "rag_app.settings"}
        if self.authority:
            os.environ["REQUESTS_CA_BUNDLE"] = self.authority

    def write_environment(self) -> Path:
        """Write a file for shells to source, so that manage.py works on this stack."""
        file = self.folder / "environment"
        own = {name: value for name, value in self.env.items() if os.environ.get(name) != value}
        file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in own.items()))
        return file

    def logs(self) -> str:
        """Return the end of each log."""
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))
