"""testing.processes: the program of a server, or a skip."""

from pathlib import Path

import pytest

from scripts.servers import REDIS
from testing import processes


def test_a_test_whose_server_is_missing_is_skipped_for_that_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "find", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match=r"^without Redis$"):
        processes.program_of(REDIS)


def test_a_test_whose_server_is_installed_runs_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "find", lambda server: Path("/somewhere") / server.program)
    assert processes.program_of(REDIS) == "/somewhere/redis-server"
