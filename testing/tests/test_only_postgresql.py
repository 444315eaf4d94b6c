"""testing.only_postgresql: the run with SQLite leaves some tests out without a skip."""

from types import SimpleNamespace

import pytest

from testing import only_postgresql

SUITE = """
import pytest

@pytest.mark.postgresql
def test_its_locks(): pass
def test_either(): pass
"""
COLLECT = ("--collect-only", "-q", "-p", "testing.only_postgresql", "-p", "no:randomly", "-p", "no:cacheprovider")


@pytest.mark.parametrize(("vendor", "expected"), [("sqlite", ["either"]), ("postgresql", ["its_locks", "either"])])
def test_the_marked_run_on_postgresql_only(
    vendor: str, expected: list[str], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(only_postgresql, "connection", SimpleNamespace(vendor=vendor))
    pytester.makeini("[pytest]\nmarkers =\n    postgresql: not on SQLite")
    pytester.makepyfile(SUITE)
    found = pytester.runpytest(*COLLECT).outlines
    assert [line.partition("::test_")[2] for line in found if "::" in line] == expected
