"""Who says whether a Zoom host is there: the app that talks to Zoom, above this one, registers how to ask."""

from collections.abc import Callable

# Returns a sentence about what is wrong with the host; empty: nothing.
Check = Callable[[str], str]
_checks: list[Check] = []


def register(check: Check) -> None:
    """Have hosts checked like this when staff set them. Called once, when the app is ready."""
    _checks.append(check)


def problem(host: str) -> str:
    """Return what is wrong with the host, in a sentence; empty if nothing is."""
    return next((sentence for check in _checks if (sentence := check(host))), "")
