"""How many statements a request costs, sign-in included: a number that must not grow with the rows."""

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from bookings.factories import make_booking
from bookings.models import TimeOff
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at
from bookings.tests.statements import at_most
from conftest import Client


@pytest.fixture
def client(alice: User, api_for: Api) -> Client:
    """Alice, for whom every query has been compiled once."""
    return api_for(alice)


@pytest.fixture
def busy(alice: User, bob: User, maria: User) -> User:
    """Maria, with a hundred bookings of Alice's and some absences."""
    for number in range(100):
        hour, minute = divmod(number * 4, 60)
        status = Status.CONFIRMED if number % 2 else Status.PENDING
        make_booking(alice, maria, start=at(f"{9 + hour:02}:{minute:02}"), minutes=4, status=status)
    for day in range(11, 20):
        TimeOff.objects.create(teacher=maria, start_time=at("00:00", day=day), end_time=at("08:00", day=day))
    return maria


@pytest.mark.parametrize("query", [{}, {"end_date": "2025-02-14"}], ids=["a day", "a month"])
def test_slots(query: dict[str, str], client: Client, busy: User) -> None:
    asked = {"teacher_id": str(busy.id), "date": "2025-01-15"} | query
    with at_most(1):
        assert client.get("/api/bookings/slots/available/", asked).status_code == 200


@pytest.mark.parametrize("path", [BOOKINGS, f"{BOOKINGS}my/"])
def test_a_list_of_a_hundred_bookings(path: str, client: Client, busy: User) -> None:
    with at_most(4):
        assert len(client.get(path, {"page_size": 100}).json()["results"]) == 100


def test_the_schedule(client: Client, busy: User) -> None:
    asked = {"teacher_id": str(busy.id), "start_date": "2025-01-15", "end_date": "2025-01-15"}
    with at_most(4):
        assert len(client.get("/api/bookings/schedule/", asked).json()["bookings"]) == 100


def test_one_booking(client: Client, busy: User) -> None:
    booking = busy.taught_bookings.first()
    assert booking is not None
    with at_most(2):
        assert client.get(f"{BOOKINGS}{booking.id}/").status_code == 200


def test_a_request(client: Client, busy: User, settings: Settings) -> None:
    settings.MAX_PENDING_PER_STUDENT = 100
    wish = {"teacher_id": str(busy.id), "start_time": "2025-01-15T16:00:00Z", "duration": 30}
    with at_most(3 if connection.vendor == "postgresql" else 6):  # one of them writes the mails
        assert client.post(BOOKINGS, wish).status_code == 201


def test_the_callers_own_account(client: Client, maria: User) -> None:
    with at_most(2):
        assert client.get("/api/accounts/me/").status_code == 200


def test_feedback(client: Client, completed: object) -> None:
    with at_most(4):
        assert client.get("/api/bookings/feedback/").status_code == 200
