"""Bookings to list."""

import pytest

from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import at


@pytest.fixture
def several(alice: User, bob: User, maria: User, carl: User) -> list[Booking]:
    """Alice with Maria in every status, Alice with Carl, and Bob with Maria; created in the order of their start."""
    return [
        make_booking(alice, maria, start=at("09:00"), status=Status.PENDING),
        make_booking(alice, maria, start=at("10:00"), status=Status.CONFIRMED),
        make_booking(alice, maria, start=at("11:00"), status=Status.CANCELLED),
        make_booking(alice, maria, start=at("12:00"), status=Status.COMPLETED),
        make_booking(alice, carl, start=at("13:00")),
        make_booking(bob, maria, start=at("14:00")),
    ]
