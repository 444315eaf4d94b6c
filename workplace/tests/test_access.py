"""Who may open which page: another teacher's ids are nowhere, page by page."""

import uuid

import pytest

from accounts.models import User
from bookings.models import Booking, BookingChange
from workplace.tests.pages import AdminClient, read, text, told
from workplace.urls import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

OF_A_BOOKING = [page.route.rpartition("<uuid:booking_id>/")[2] for page in pages if "booking_id" in page.route]


@pytest.mark.parametrize("rest", OF_A_BOOKING)
def test_another_teachers_booking_is_404(rest: str, maria: User, strange: Booking) -> None:
    before = (list(Booking.objects.values()), BookingChange.objects.count())
    client = AdminClient(maria)
    path = f"/admin/bookings/{strange.id}/{rest}"
    fields = {"start": "2025-01-15T14:00", "duration": "60", "reason": "Spite", "outcome": "took_place"}
    answers = [client.post(path, fields)]
    if rest in ("", "move/", "start/"):
        answers.append(client.get(path))
    for answer in answers:
        assert answer.status_code == 404
        assert "There is nothing at this address, or it is not yours." in text(answer)
        assert "Bob" not in text(answer)
    assert (list(Booking.objects.values()), BookingChange.objects.count()) == before


def test_another_teachers_student_is_404(maria: User, bob: User, strange: Booking) -> None:
    answer = AdminClient(maria).get(f"/admin/students/{bob.id}/")
    assert answer.status_code == 404
    assert "Bob" not in text(answer)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "?all",
        "calendar/?week=2025-W03",
        "calendar/2025-01-15/",
        "bookings/?when=all&q=bob",
        "bookings/?when=all",
        "students/?q=bob",
        "bookings/new/",
        "hours/",
        "hours/away/?first=2025-01-01&last=2025-01-31",
    ],
)
def test_nothing_of_another_teacher_is_on_a_page(path: str, maria: User, pending: Booking, strange: Booking) -> None:
    page = AdminClient(maria).page(path).content.decode()
    for secret in ("Brown", "A secret between two", str(strange.id), str(strange.student_id), "Clark"):
        assert secret not in page


def test_nothing_of_another_teacher_is_exported(maria: User, strange: Booking) -> None:
    content = AdminClient(maria).get("/admin/bookings/export.csv?when=all").content.decode()
    assert "Brown" not in content
    assert str(strange.id) not in content


@pytest.mark.parametrize("page", pages, ids=lambda page: page.name)
def test_every_page_requires_signing_in(page: object, alice: User) -> None:
    route = str(page.route)  # type: ignore[attr-defined]  # pytest's ids take an object
    for kind, value in {"<uuid:": str(uuid.uuid4()), "<int:": "1", "<str:": "2025-01-15"}.items():
        if kind in route:
            start, _, rest = route.partition(kind)
            route = f"{start}{value}{rest.partition('>')[2]}"
    for client in (AdminClient(None), AdminClient(alice)):
        answer = client.get(f"/admin/{route}")
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/admin/login/?next=/admin/{route}")


def test_an_unknown_url_has_a_404_page(maria: User) -> None:
    for path in ("nowhere/", "bookings/junk/", f"bookings/{uuid.uuid4()}/", "zoom/x/retry/"):
        answer = AdminClient(maria).get(f"/admin/{path}")
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "Nothing here" in text(answer)


# --- The shell --------------------------------------------------------------------------------------------------------


def test_the_bar_names_school_pages_person_and_zone(maria: User) -> None:
    page = read(maria, "")
    for words in ("School Today Calendar Bookings Students My hours Maria Garcia", "Times in Madrid (UTC+1)"):
        assert words in page
    for entry in ("Profile", "Feedback", "Sign out"):
        assert entry in page


@pytest.mark.parametrize(
    ("path", "tab"),
    [
        ("", "Today"),
        ("calendar/2025-01-15/", "Calendar"),
        ("bookings/{}/", "Bookings"),
        ("bookings/{}/move/", "Bookings"),
        ("students/", "Students"),
        ("hours/away/", "My hours"),
        ("bookings/feedback/", None),
    ],
)
def test_the_tab_of_the_page_is_marked(path: str, tab: str | None, maria: User, pending: Booking) -> None:
    page = AdminClient(maria).page(path.format(pending.id)).content.decode()
    marked = [part.partition(">")[2].partition("<")[0] for part in page.split(' aria-current="page"')[1:]]
    assert marked == ([tab] if tab else [])


def test_managers_have_their_own_tabs_and_teachers_who_manage_both(root: User) -> None:
    assert "Teachers Dashboard Bookings Zoom problems Records" in read(root, "dashboard/")
    User.objects.filter(pk=root.pk).update(role="teacher")
    page = read(root, "calendar/")
    assert "Today Calendar Bookings Students My hours" in page
    for entry in ("Teachers", "Dashboard", "Zoom problems", "Records"):
        assert entry in page


def test_djangos_own_pages_have_the_bar_too(maria: User) -> None:
    assert "Today Calendar Bookings Students My hours" in read(maria, f"accounts/teacherprofile/{maria.pk}/change/")


# --- Promoting a student ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("holds", "number"), [(True, 1), (False, 0)])
def test_promoting_a_student_who_holds_bookings_warns(
    holds: bool, number: int, root: User, bob: User, alice: User, pending: Booking
) -> None:
    student = alice if holds else bob
    fields = {"email": student.email, "first_name": "A", "last_name": "B", "timezone": "UTC", "role": "teacher"}
    page = AdminClient(root).send(f"accounts/user/{student.id}/change/", **fields, is_active="on")
    warnings = [sentence for sentence in told(page) if "holds one booking as a student" in sentence]
    assert len(warnings) == number
    student.refresh_from_db()
    assert student.is_teacher
