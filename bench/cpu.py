"""CPU time of processes, from /proc. On a shared machine, wall-clock time depends on the load of others."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from django.db import connection


def seconds(roots: Iterable[int]) -> float:
    """Return the CPU time of these processes and their descendants that are still running, with all threads."""
    return sum(_seconds(pid) for root in roots for pid in _tree(root))


def postmaster() -> int:
    """Return the PID of PostgreSQL's main process. The server must run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def _tree(pid: int) -> list[int]:
    children = _read(f"/proc/{pid}/task/{pid}/children").split()
    return [pid, *(descendant for child in children for descendant in _tree(int(child)))]


def _seconds(pid: int) -> float:
    if pid == os.getpid():
        return time.process_time()  # the kernel's files lag behind for a running thread
    # The first number is nanoseconds on the CPU: docs.kernel.org/scheduler/sched-stats.html
    tasks = [_read(f"{task}/schedstat").split() for task in Path(f"/proc/{pid}/task").glob("*")]
    return sum(int(task[0]) for task in tasks if task) / 1e9


def _read(path: str) -> str:
    """Return the file's text; empty if the process has just ended."""
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
