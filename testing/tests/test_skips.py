"""testing.skips: in CI a skip is a failure."""

import pytest

SUITE = """
import pytest

def test_skipped(): pytest.skip("without Redis")
@pytest.mark.skipif(True, reason="not here")
def test_not_here(): pass
@pytest.mark.xfail(reason="known", strict=True)
def test_known(): assert False
def test_passes(): pass
"""
PLUGIN = ("-p", "no:django", "-p", "testing.skips", "-p", "no:cacheprovider", "-rf")


def test_outside_ci_they_are_skipped(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(SUITE)
    pytester.runpytest(*PLUGIN).assert_outcomes(passed=1, skipped=2, xfailed=1)


def test_in_ci_they_fail_with_their_reason(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(SUITE)
    result = pytester.runpytest(*PLUGIN)
    result.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
    result.stdout.fnmatch_lines(["*CI allows no skip. Skipped: without Redis*"])


def test_in_ci_a_skipped_module_fails(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile('import pytest\npytest.skip("without Redis", allow_module_level=True)')
    result = pytester.runpytest(*PLUGIN)
    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*CI allows no skip. Skipped: without Redis*"])
