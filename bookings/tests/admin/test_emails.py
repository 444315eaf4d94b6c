"""Teachers find out no e-mail in the admin by asking whether something is found."""

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient
from bookings.factories import make_booking, make_feedback
from bookings.states import Status
from bookings.tests.conftest import at


@pytest.fixture
def rated(alice: User, maria: User) -> User:
    """A student of Maria's with a past session and feedback on it."""
    User.objects.filter(pk=alice.pk).update(email="secret.name@example.com")
    make_feedback(make_booking(alice, maria, start=at("08:00", day=8), status=Status.COMPLETED))
    alice.refresh_from_db()
    return alice


def found(user: User, path: str) -> int:
    return len(AdminClient(user).page(f"bookings/{path}").context["cl"].result_list)


@pytest.mark.parametrize("page", ["booking/", "feedback/"])
def test_a_search_finds_names_for_everybody_and_emails_for_superusers(
    page: str, maria: User, root: User, rated: User
) -> None:
    counts = {
        reader: [found(reader, f"{page}?q={word}") for word in (rated.last_name, "secret", "@example.com")]
        for reader in (maria, root)
    }
    assert counts == {maria: [1, 0, 0], root: [1, 1, 1]}


@pytest.mark.usefixtures("rated")
@pytest.mark.parametrize(
    "lookup",
    [
        "booking/?student__email__startswith=s",
        "booking/?student__email=secret.name@example.com",
        "booking/?student__password__startswith=!",
        "booking/?teacher__profile__zoom_host__startswith=a",
        "feedback/?booking__student__email__startswith=s",
        "feedback/?booking__notes__startswith=s",
    ],
)
def test_no_filter_reads_another_row_for_a_teacher(lookup: str, maria: User) -> None:
    assert AdminClient(maria).get(f"/admin/bookings/{lookup}").status_code == 400
