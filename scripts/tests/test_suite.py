"""scripts.suite: what it prints of two runs, and when it fails."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from scripts import suite
from scripts.servers import POSTGRESQL, Server

PASSES = "def test_passes(): pass\n"
FAILS = "def test_fails(): assert 1 == 2\n"
SKIPS = 'import pytest\ndef test_skips(): pytest.skip("without Redis")\n'
FAILS_AS_KNOWN = 'import pytest\n@pytest.mark.xfail(reason="known")\ndef test_known(): assert False\n'
PLAIN_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plugins take seconds to load, and nothing here needs them."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run_of(folder: Path, source: str) -> suite.Outcome:
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(source)
    return suite.Run("SQLite", [*PLAIN_PYTEST, str(folder)], folder).run()


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`main` runs the tests of this folder; every server is here, and it is not CI."""
    monkeypatch.setattr(suite, "PYTEST", [*PLAIN_PYTEST, str(tmp_path)])
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    once\n    production\n")
    for marker in ("once", "production"):
        (tmp_path / f"test_{marker}.py").write_text(f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pass\n")
    monkeypatch.setattr(suite, "WITH_POSTGRESQL", ())
    lacking(monkeypatch)
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def lacking(monkeypatch: pytest.MonkeyPatch, *servers: Server) -> None:
    monkeypatch.setattr(suite, "fetch_missing", lambda: list(servers))


def test_progress_comes_as_it_is_made_and_the_rest_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run_of(tmp_path, PASSES + FAILS)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("SQLite      .F ")
    assert first.endswith("[100%]")
    assert any("assert 1 == 2" in line for line in rest)
    assert all(line.startswith("SQLite  ") for line in rest)
    assert outcome == (1, Counter())


def test_skips_are_counted_by_reason_without_expected_failures(tmp_path: Path) -> None:
    outcome = run_of(tmp_path, SKIPS + FAILS_AS_KNOWN + PASSES)
    assert outcome == (0, Counter({"without Redis": 1}))


def test_a_run_without_a_report_has_failed(tmp_path: Path) -> None:
    outcome = suite.Run("SQLite", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path).run()
    assert outcome == (3, Counter())


def test_the_closing_line_says_what_was_left_out_and_what_brings_it() -> None:
    told = suite.closing([], Counter({"without Redis": 12, "without PostgreSQL": 2645, "for another reason": 1}), 221.9)
    assert told.startswith("NOT tested: 1 for another reason, 2,645 without PostgreSQL, 12 without Redis. ")
    assert "make servers" in told or "postgresql, redis-server" in told
    assert told.endswith("It took 3 min 41 s.")


def test_and_otherwise_that_nothing_was() -> None:
    assert suite.closing([], Counter(), 59) == "Nothing was skipped. It took 0 min 59 s."


def test_it_begins_with_what_failed() -> None:
    told = suite.closing(["SQLite", "PostgreSQL"], Counter(), 60)
    assert told == "FAILED: SQLite, PostgreSQL. Nothing was skipped. It took 1 min 0 s."


@pytest.mark.parametrize(("source", "status"), [(FAILS, 1), (SKIPS, 0)])
def test_it_fails_where_a_test_does(source: str, status: int, runs: Path) -> None:
    (runs / "test_it.py").write_text(source)
    assert suite.main() == status


@pytest.mark.parametrize(("source", "status"), [(PASSES, 0), (SKIPS, 1)])
def test_in_ci_a_skip_is_a_failure(source: str, status: int, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    (runs / "test_it.py").write_text(source)
    assert suite.main() == status


def test_each_test_is_in_its_runs_and_in_no_other(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / "test_it.py").write_text(PASSES)
    assert suite.main() == 0
    told = capsys.readouterr().out
    passed = dict(re.findall(r"^(\w+) +(\d+) passed", told, re.MULTILINE))
    assert passed == {"SQLite": "2", "PostgreSQL": "1", "production": "1"}


def test_processes_keep_what_they_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert run_of(tmp_path, "import sys\ndef test_it(): assert not sys.dont_write_bytecode\n").status == 0


def test_without_postgresql_its_tests_are_counted(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "test_it.py").write_text(PASSES + SKIPS)
    lacking(monkeypatch, POSTGRESQL)
    assert suite.main() == 0
    told = capsys.readouterr().out
    assert "PostgreSQL  " not in told
    assert "NOT tested: 2 without PostgreSQL, 1 without Redis." in told
    monkeypatch.setenv("CI", "true")
    assert suite.main() == 1


def test_the_command_for_one_database_fails_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "from scripts import with_postgres; with_postgres.find = lambda server: None"
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; with_postgres.main()"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("PostgreSQL is missing. ")
