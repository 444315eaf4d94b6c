"""SECURITY.md: every risk of the OWASP API Security Top 10 has a line, and every test that a line names exists."""

import ast
import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROWS = re.findall(r"^\| (?!risk|---)(.+?) \| (.+?) \| (.+?) \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)


def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_risk_of_the_ten_has_one_line() -> None:
    numbers = [int(match[1]) for risk, _, _ in ROWS if (match := re.match(r"API(\d+) ", risk))]
    assert numbers == list(range(1, 11))


def test_each_line_names_tests_and_nothing_else() -> None:
    for risk, _, cell in ROWS:
        assert re.fullmatch(r"(`[\w/]+\.py::test_\w+` ?)+", cell), risk


def test_each_test_that_is_named_exists() -> None:
    named = [name for _, _, cell in ROWS for name in re.findall(r"`([^`]+)`", cell)]
    assert len(named) == len(set(named))
    for path, _, test in (name.partition("::") for name in named):
        assert test in functions_of(path), f"{path} has no {test}"
