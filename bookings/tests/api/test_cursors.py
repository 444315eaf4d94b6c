"""Lists by `after`: they hold still while rows come, go and move."""

import base64
import datetime as dt
import json
from typing import Any

import pytest

from accounts.factories import make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_feedback, make_hours
from bookings.models import Booking, TimeOff
from bookings.states import Status
from bookings.tests.conftest import BOOKINGS, Api, at
from bookings.tests.statements import at_most
from conftest import Client

MY = f"{BOOKINGS}my/"
TEACHERS = "/api/accounts/teachers/"


def pages(client: Client, path: str, **query: Any) -> list[list[str]]:
    """The ids of each page, read to the end by `after`."""
    found, after = [], ""
    while True:
        body = client.get(path, {"after": after} | query).json()
        found.append([row["id"] for row in body["results"]])
        if body["next_after"] is None:
            assert body["next"] is None
            return found
        assert client.get(body["next"]).status_code == 200
        after = body["next_after"]


@pytest.fixture
def ten(alice: User, maria: User) -> list[Booking]:
    """Ten bookings of Alice's, some of which start at the same time as cancelled ones."""
    live = [make_booking(alice, maria, start=at(f"{9 + hour:02}:00")) for hour in range(5)]
    for booking in live:
        Booking.objects.filter(pk=booking.pk).update(status=Status.CANCELLED)
    return [*live, *(make_booking(alice, maria, start=at(f"{9 + hour:02}:00")) for hour in range(5))]


@pytest.mark.parametrize("ordering", ["start_time", "-start_time", "created_at", "-created_at"])
def test_cursors_return_the_same_rows_as_page_numbers(
    ordering: str, ten: list[Booking], alice: User, api_for: Api
) -> None:
    client = api_for(alice)
    whole = [row["id"] for row in client.get(MY, {"ordering": ordering}).json()["results"]]
    parts = pages(client, MY, ordering=ordering, page_size=3)
    assert [len(part) for part in parts] == [3, 3, 3, 1]
    assert [pk for part in parts for pk in part] == whole
    assert len(set(whole)) == 10


def test_a_numbered_page_can_be_continued_by_cursor(ten: list[Booking], alice: User, api_for: Api) -> None:
    client = api_for(alice)
    first = client.get(MY, {"page_size": 4}).json()
    second = client.get(MY, {"page_size": 4, "after": first["next_after"]}).json()
    assert second["results"] == client.get(MY, {"page_size": 4, "page": 2}).json()["results"]
    assert (second["count"], second["previous"]) == (10, None)
    assert client.get(MY, {"page_size": 4, "page": 3}).json()["next_after"] is None


def test_new_and_moved_rows_do_not_shift_others(ten: list[Booking], alice: User, maria: User, api_for: Api) -> None:
    client = api_for(alice)
    whole = [row["id"] for row in client.get(MY).json()["results"]]
    first = client.get(MY, {"page_size": 5}).json()
    make_booking(alice, maria, start=at("08:00"))
    moved = Booking.objects.get(pk=whole[-1])
    Booking.objects.filter(pk=moved.pk).update(start_time=at("07:00"), end_time=at("08:00"), blocked_until=at("08:00"))
    rest = client.get(MY, {"page_size": 5, "after": first["next_after"]}).json()
    assert [row["id"] for row in rest["results"]] == whole[5:-1]


def test_filters_apply_to_later_pages(ten: list[Booking], alice: User, api_for: Api) -> None:
    found = pages(api_for(alice), MY, status="PENDING", page_size=2)
    assert [len(part) for part in found] == [2, 2, 1]


def test_every_list_has_cursors(maria: User, alice: User, api_for: Api) -> None:
    for day in range(3):
        make_hours(maria, day_of_week=day, start="18:00", end="19:00")
        TimeOff.objects.create(teacher=maria, start_time=at("00:00", day=20 + day), end_time=at("01:00", day=20 + day))
        make_feedback(make_booking(alice, maria, start=at("10:00", day=6 + day), status=Status.COMPLETED))
    for path in ("/api/bookings/availability/", "/api/bookings/time-off/", "/api/bookings/feedback/", BOOKINGS):
        whole = [row["id"] for row in api_for(maria).get(path).json()["results"]]
        found = pages(api_for(maria), path, page_size=1)
        assert ([pk for part in found for pk in part], len(whole) >= 3) == (whole, True), path


@pytest.mark.parametrize("ordering", ["name", "-name", "rating", "-rating"])
def test_teachers_with_and_without_a_rating(ordering: str, alice: User, api_for: Api) -> None:
    for number, ratings in enumerate([[5, 4, 4], [1], [], [5, 4, 4], [], [2, 1]]):
        teacher = make_teacher(first_name=f"T{number}")
        for day, rating in enumerate(ratings):
            start = dt.datetime(2024, 1 + number, 1 + day, 10, tzinfo=dt.UTC)
            make_feedback(make_booking(alice, teacher, start=start, status=Status.COMPLETED), rating=rating)
    client = api_for(alice)
    whole = [row["id"] for row in client.get(TEACHERS, {"ordering": ordering}).json()["results"]]
    found = pages(client, TEACHERS, ordering=ordering, page_size=1)
    assert ([pk for part in found for pk in part], len(whole)) == (whole, 6)


def test_cursor_pages_cost_no_more_queries(ten: list[Booking], alice: User, api_for: Api) -> None:
    client = api_for(alice)
    after = client.get(MY, {"page_size": 5}).json()["next_after"]
    with at_most(3):
        assert client.get(MY, {"after": after}).status_code == 200


def word(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "é",
        "\x00",
        "e30",
        word([]),
        word({"id": "1"}),
        word({"start_time": "2025-01-15T10:00:00+00:00"}),
        word({"start_time": "soon", "id": "1"}),
        word({"start_time": "2025-01-15T10:00:00+00:00", "id": "\x00"}),
        word({"start_time": ["2025"], "id": {}}),
        word({"created_at": "2025-01-15T10:00:00+00:00", "id": "0d9f4f2e-6c1b-4b5e-9a53-6f7f1f0a2b11"}),
        "W1" * 5000,
    ],
)
def test_a_cursor_of_another_list_or_a_malformed_one_is_refused(
    after: str, ten: list[Booking], alice: User, api_for: Api
) -> None:
    answer = api_for(alice).get(MY, {"after": after})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["details"] == {"after": ["Send the next_after of a page of this list in this order."]}


def test_page_and_after_together_are_refused(ten: list[Booking], alice: User, api_for: Api) -> None:
    answer = api_for(alice).get(MY, {"after": "", "page": "1"})
    assert answer.json()["details"] == {"after": ["Send either page or after."]}
