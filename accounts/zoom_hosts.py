"""Check Zoom hosts without importing the app that talks to Zoom: it registers the check here."""

from collections.abc import Callable

# Returns a sentence about what is wrong with the host; empty: nothing.
Check = Callable[[str], str]
_checks: list[Check] = []


def register(check: Check) -> None:
    """Set the check for hosts that staff set. Called once, when the app is ready."""
    _checks.append(check)


def problem(host: str) -> str:
    """Return what is wrong with the host, in a sentence; empty if nothing is."""
    return next((sentence for check in _checks if (sentence := check(host))), "")
