"""Shared by the tests of fetching."""

import pytest

from calendars.fetching import FetchError, fetch

ADDRESS = "http://calendar.example.com/busy.ics?key=secret"


def refusal(address: str) -> str:
    """Return why the address is not fetched."""
    with pytest.raises(FetchError) as caught:
        fetch(address)
    return caught.value.sentence
