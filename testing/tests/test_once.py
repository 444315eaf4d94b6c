"""testing.once: which tests the run with PostgreSQL leaves out."""

import pytest

SUITE = """
import pytest

@pytest.fixture
def person(db): return "Alice"

@pytest.fixture
def installed(django_db_blocker):
    with django_db_blocker.unblock():
        yield "a site"

def test_pure(tmp_path): pass
@pytest.mark.django_db
def test_marked(): pass
@pytest.mark.parametrize("number", [1, 2])
def test_by_a_fixture(person, number): pass
def test_on_a_live_server(live_server): pass
def test_by_the_unblocked_database(installed): pass
def test_unblocks_it_itself(django_db_blocker): pass
@pytest.mark.once
@pytest.mark.django_db
def test_of_a_rule(): pass
"""
LATE = """
import pytest

@pytest.fixture
def db(): pass
@pytest.fixture
def person(db): return "Alice"

def test_late(request): request.getfixturevalue("person")
"""
MARKED = """
import pytest

@pytest.fixture
def db(): pass

@pytest.mark.once
def test_of_a_rule(db): pass
"""
PLUGIN = ("-p", "testing.once", "-p", "no:randomly", "-p", "no:cacheprovider")


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A suite of its own."""
    pytester.makeini("[pytest]\nmarkers =\n    once: one run is enough")
    return pytester


def collected(suite: pytest.Pytester, *words: str) -> set[str]:
    result = suite.runpytest("--collect-only", "-q", *PLUGIN, *words)
    return {line.partition("::")[2] for line in result.outlines if "::" in line}


def test_what_asks_for_no_database_is_run_once_and_what_is_marked(suite: pytest.Pytester) -> None:
    suite.makepyfile(SUITE)
    assert collected(suite, "-m", "once") == {"test_pure", "test_of_a_rule"}


def test_between_them_the_two_runs_leave_no_test_out(suite: pytest.Pytester) -> None:
    suite.makepyfile(SUITE)
    everything, on_postgresql = collected(suite), collected(suite, "-m", "not once")
    assert len(everything) == 8
    assert everything - on_postgresql == {"test_pure", "test_of_a_rule"}


def test_one_that_is_marked_may_use_the_database(suite: pytest.Pytester) -> None:
    suite.makepyfile(MARKED)
    suite.runpytest("-p", "no:django", *PLUGIN).assert_outcomes(passed=1)


def test_one_that_gets_the_database_behind_the_plugins_back_fails(suite: pytest.Pytester) -> None:
    suite.makepyfile(LATE)
    result = suite.runpytest("-p", "no:django", *PLUGIN)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*name the fixture*"])
