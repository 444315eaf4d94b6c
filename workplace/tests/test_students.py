"""/admin/students/ and the page of one."""

import pytest
from pytest_django import Settings

from accounts.models import User
from bookings.factories import make_booking, make_feedback
from bookings.models import Booking
from bookings.states import Outcome, Status
from workplace.tests.pages import AdminClient, madrid, read, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def lesson(alice: User, maria: User) -> Booking:
    booking = make_booking(alice, maria, start=madrid("10:00", day=8), status=Status.COMPLETED, notes="Past tense")
    make_feedback(booking, rating=4, comment="Great lesson")
    return booking


def test_a_teacher_lists_only_own_students_with_their_sessions(
    maria: User, lesson: Booking, confirmed: Booking, strange: Booking
) -> None:
    page = read(maria, "students/")
    assert "Alice Adams Wed 15 Jan 2025, 12:00 Wed 8 Jan 2025 1" in page
    assert "Bob" not in page


def test_students_are_found_by_name(maria: User, bob: User, pending: Booking) -> None:
    make_booking(bob, maria, start=madrid("14:00"))
    page = read(maria, "students/?q=bro")
    assert "Bob Brown" in page
    assert "Alice" not in page
    assert "No student with that name." in read(maria, "students/?q=%00zoe")


def test_the_page_shows_next_and_past_lessons(
    maria: User, alice: User, carl: User, lesson: Booking, confirmed: Booking
) -> None:
    missed = make_booking(alice, maria, start=madrid("15:00", day=8), status=Status.COMPLETED)
    Booking.objects.filter(pk=missed.pk).update(outcome=Outcome.STUDENT_ABSENT)
    make_booking(alice, carl, start=madrid("16:00"), notes="With Carl")
    page = read(maria, f"students/{alice.id}/")
    assert "Coming Wed 15 Jan 2025, 12:00–13:00 Confirmed Past" in page
    assert "Wed 8 Jan 2025, 10:00–11:00 “Past tense” 4 of 5 · “Great lesson” Took place" in page
    assert "Wed 8 Jan 2025, 15:00–16:00 The student did not come" in page
    assert "1 lessons" in page.replace("lessons 1", "1 lessons")
    assert "Time zone: America/New_York · now 07:00 in New York" in page
    assert "With Carl" not in page


@pytest.mark.parametrize("may", [False, True])
def test_the_e_mail_is_shown_if_the_school_allows_it(
    may: bool, maria: User, alice: User, pending: Booking, settings: Settings
) -> None:
    settings.TEACHERS_SEE_EMAILS = may
    for path in (f"students/{alice.id}/", "students/", f"bookings/{pending.id}/", "bookings/", ""):
        assert (alice.email in read(maria, path)) == (may and path.startswith("students/") and path != "students/")


def test_a_manager_sees_all_of_a_student(root: User, alice: User, carl: User, pending: Booking) -> None:
    make_booking(alice, carl, start=madrid("16:00"))
    page = text(AdminClient(root).page(f"students/{alice.id}/"))
    assert "with Carl Clark" in page
    assert "with Maria Garcia" in page
    assert alice.email in page
