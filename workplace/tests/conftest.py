"""The people of these tests: maria and carl teach, alice and bob learn, root manages. Maria's clock is Madrid's."""

import pytest

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking
from bookings.states import Status
from workplace.tests.pages import madrid


@pytest.fixture
def maria(db: None) -> User:
    """Works on weekdays from nine to five, and starts her meetings herself."""
    teacher = make_teacher(
        first_name="Maria", last_name="Garcia", timezone="Europe/Madrid", zoom_host="maria@example.com"
    )
    for weekday in range(5):
        make_hours(teacher, day_of_week=weekday)
    return teacher


@pytest.fixture
def carl(db: None) -> User:
    teacher = make_teacher(first_name="Carl", last_name="Clark")
    for weekday in range(7):
        make_hours(teacher, day_of_week=weekday)
    return teacher


@pytest.fixture
def alice(db: None) -> User:
    return make_student(first_name="Alice", last_name="Adams", timezone="America/New_York")


@pytest.fixture
def bob(db: None) -> User:
    return make_student(first_name="Bob", last_name="Brown", email="bob@example.com")


@pytest.fixture
def pending(alice: User, maria: User) -> Booking:
    """Alice's request for Wednesday at ten."""
    return make_booking(alice, maria, start=madrid("10:00"), notes="Irregular verbs")


@pytest.fixture
def confirmed(alice: User, maria: User) -> Booking:
    """A session of Wednesday at noon."""
    return make_booking(alice, maria, start=madrid("12:00"), status=Status.CONFIRMED)


@pytest.fixture
def strange(bob: User, carl: User) -> Booking:
    """A session of another teacher."""
    return make_booking(bob, carl, start=madrid("10:00"), notes="A secret between two", status=Status.CONFIRMED)


@pytest.fixture
def ended(alice: User, maria: User) -> Booking:
    """A session of this Friday that is over, and of which nobody said how it went."""
    return make_booking(alice, maria, start=madrid("10:00", day=10), status=Status.CONFIRMED)
