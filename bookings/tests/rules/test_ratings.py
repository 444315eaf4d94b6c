"""The kept ratings of teachers, and `manage.py check_ratings`."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking, Rating
from bookings.states import Status
from bookings.tests.conftest import Api, at
from bookings.tests.statements import at_most

FEEDBACK = "/api/bookings/feedback/"


def kept(teacher: User) -> tuple[int, int]:
    rating = Rating.objects.get(teacher=teacher)
    return rating.count, rating.total


@pytest.fixture
def rated(completed: Booking, alice: User, maria: User) -> User:
    """Maria, with a five and a two."""
    make_feedback(completed, rating=5)
    make_feedback(make_booking(alice, maria, start=at("12:00", day=8), status=Status.COMPLETED), rating=2)
    return maria


def test_each_feedback_is_added(rated: User, alice: User, api_for: Api) -> None:
    booking = make_booking(alice, rated, start=at("14:00", day=8), status=Status.COMPLETED)
    answer = api_for(alice).post(FEEDBACK, {"booking_id": str(booking.id), "rating": 4})
    assert (answer.status_code, kept(rated)) == (201, (3, 11))
    again = api_for(alice).post(FEEDBACK, {"booking_id": str(booking.id), "rating": 1})
    assert (again.status_code, kept(rated)) == (400, (3, 11))


def test_the_directory_reads_no_feedback(rated: User, alice: User, api_for: Api) -> None:
    client = api_for(alice)
    with at_most(3):
        [teacher] = client.get("/api/accounts/teachers/", {"ordering": "-rating"}).json()["results"]
    assert (teacher["average_rating"], teacher["rating_count"]) == (3.5, 2)


def test_ratings_that_agree_are_left_alone(rated: User, carl: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_ratings")
    assert capsys.readouterr().out == "The ratings agree with the feedback.\n"


@pytest.mark.parametrize("change", [{"count": 3}, {"total": 99}, None], ids=["count", "total", "no row"])
def test_wrong_totals_are_reported_and_corrected(
    change: dict[str, int] | None, rated: User, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = Rating.objects.filter(teacher=rated)
    rows.update(**change) if change else rows.delete()
    with pytest.raises(CommandError, match="1 rating"):
        call_command("check_ratings")
    assert str(rated.id) in capsys.readouterr().out
    call_command("check_ratings", "--repair")
    assert kept(rated) == (2, 7)
    call_command("check_ratings")
