"""Searching lists of bookings and of feedback by people, and what a long list shows."""

import pytest

from accounts.factories import make_student, make_teacher
from accounts.models import User
from accounts.tests.admin_client import AdminClient
from backoffice.model_admin import FirstRows
from bookings.admin import search
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.conftest import at

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def lessons(db: None) -> list[Booking]:
    """Alice with Maria, Bob with Maria, and Alice with Carl; all over, with feedback."""
    alice = make_student(first_name="Alice", last_name="Adams", email="alice@example.com")
    bob = make_student(first_name="Bob", last_name="Brown", email="bob@example.org")
    maria = make_teacher(first_name="Maria", last_name="Garcia", email="maria@example.net")
    carl = make_teacher(first_name="Carl", last_name="Clark", email="carl@example.net")
    pairs = [(alice, maria), (bob, maria), (alice, carl)]
    found = [
        make_booking(*pair, start=at(f"{hour}:00", day=8), status=Status.COMPLETED)
        for hour, pair in enumerate(pairs, 10)
    ]
    for booking in found:
        make_feedback(booking)
    return found


@pytest.mark.parametrize("most", [search.MOST_LISTED, 0], ids=["as ids", "as a subquery"])
@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("alice", [0, 2]),
        ("garcia", [0, 1]),
        ("alice garcia", [0]),
        ("Clark Alice", [2]),
        ("bob clark", []),
        ("example.org", [1]),
        ("nobody", []),
        ("ali", [0, 2]),
        ("%", []),
    ],
)
@pytest.mark.parametrize("model", ["booking", "feedback"])
def test_each_search_word_must_match_a_name_or_an_address(
    model: str,
    term: str,
    expected: list[int],
    most: int,
    lessons: list[Booking],
    root: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "MOST_LISTED", most)
    page = AdminClient(root).get(f"/admin/bookings/{model}/", {"q": term})
    shown = [getattr(row, "booking", row) for row in page.context["cl"].result_list]
    assert sorted(row.pk for row in shown) == sorted(lessons[number].pk for number in expected)


def test_a_teacher_can_search_neither_addresses_nor_others_bookings(lessons: list[Booking]) -> None:
    maria = lessons[0].teacher

    def found(term: str) -> set[Booking]:
        return set(AdminClient(maria).get("/admin/bookings/booking/", {"q": term}).context["cl"].result_list)

    assert found("alice") == {lessons[0]}
    assert found("example") == found("carl") == set()


def test_a_long_list_is_cut_with_a_note(lessons: list[Booking], root: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def page(query: str = "") -> str:
        return str(AdminClient(root).page(f"bookings/booking/{query}").content.decode())

    sentence = "Only the first 2 are listed. Search or filter to find others."
    assert sentence not in page()
    monkeypatch.setattr(FirstRows, "most", 2)
    assert sentence in page()
    assert "2 bookings" in page()
    assert sentence not in page("?q=alice")
