"""Shared by the tests of lists of bookings."""

from bookings.tests.conftest import BOOKINGS
from conftest import Client

MY = f"{BOOKINGS}my/"


def hours(client: Client, path: str = MY, **query: str) -> list[int]:
    """Return the hours at which the listed bookings start, in the order of the list."""
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return [int(entry["start_time"][11:13]) for entry in answer.json()["results"]]
