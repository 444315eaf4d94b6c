"""The locked requirements install on every Python that is served, and pin what was asked for."""

import re
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.server import ROOT

FILES = ("requirements", "requirements-dev")
SERVED = ("3.11.2", "3.11.7", "3.12.0", "3.13.5")  # the first is Debian 12's, the last Debian 13's


def machine(python: str) -> dict[str, str]:
    """Return what markers ask of a Linux machine with this Python."""
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": "linux",
        "extra": "",
    }


def entries(file: str) -> Iterator[str]:
    """Yield each pin of a lock with all its lines."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / f"{file}.txt").read_text(), flags=re.MULTILINE)
    yield from re.split(r"\n(?=\S)", text.strip())


def pins(file: str, python: str) -> dict[str, str]:
    """Return the version of each package that a Linux machine with this Python installs."""
    found = [Requirement(entry.partition(" \\")[0]) for entry in entries(file)]
    here = [pin for pin in found if pin.marker is None or pin.marker.evaluate(machine(python))]
    return {canonicalize_name(pin.name): str(pin.specifier) for pin in here}


@pytest.mark.parametrize("file", FILES)
def test_redis_finds_what_it_needs_below_python_3_11_3(file: str) -> None:
    assert "async-timeout" in pins(file, "3.11.2")
    assert "async-timeout" not in pins(file, "3.13.5")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("python", SERVED)
def test_every_direct_requirement_is_pinned(file: str, python: str) -> None:
    lines = (ROOT / f"{file}.in").read_text().splitlines()
    asked = [Requirement(line.partition("#")[0]) for line in lines if not line.startswith(("#", "-r"))]
    found = pins(file, python)
    for wish in asked:
        assert wish.specifier.contains(found[canonicalize_name(wish.name)].removeprefix("==")), wish


@pytest.mark.parametrize("python", SERVED)
def test_development_and_production_pin_the_same_versions(python: str) -> None:
    assert pins("requirements", python).items() <= pins("requirements-dev", python).items()


@pytest.mark.parametrize("file", FILES)
def test_every_pin_has_hashes_and_no_registry_is_named(file: str) -> None:
    assert all("--hash=sha256:" in entry for entry in entries(file))
    assert "://" not in (ROOT / f"{file}.txt").read_text()


def test_a_python_that_is_not_served_is_refused() -> None:
    rule = re.search(r"not \((\d, \d+)\) <= sys.version_info < \((\d, \d+)\)", (ROOT / "Makefile").read_text())
    assert rule is not None
    assert rule.groups() == ("3, 11", "3, 14")
