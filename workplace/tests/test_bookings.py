"""/admin/bookings/, and its export."""

import csv
import io

import pytest

from accounts.factories import make_student
from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking
from workplace.bookings import safe
from workplace.tests.pages import AdminClient, madrid, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


def shown(user: User, query: str = "") -> list[Booking]:
    return list(AdminClient(user).page(f"bookings/?{query}").context["shown"].object_list)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["pending", "confirmed"]),
        ("when=all", ["confirmed", "pending", "ended"]),
        ("when=past", ["ended"]),
        ("when=today", ["ended"]),
        ("when=junk", ["pending", "confirmed"]),
        ("status=PENDING", ["pending"]),
        ("status=junk", ["pending", "confirmed"]),
        ("q=adams", ["pending", "confirmed"]),
        ("q=adams+alice&when=past", ["ended"]),
        ("q=brown&when=all", []),
        ("q=bob@example.com&when=all", []),
        ("q=%00&page=junk", ["pending", "confirmed"]),
        ("page=99999999999999999999", ["pending", "confirmed"]),
    ],
)
def test_a_teacher_filters_their_own(
    query: str, names: list[str], maria: User, pending: Booking, confirmed: Booking, ended: Booking, strange: Booking
) -> None:
    bookings = {"pending": pending, "confirmed": confirmed, "ended": ended}
    assert shown(maria, query) == [bookings[name] for name in names]


def test_a_manager_sees_all_and_searches_by_e_mail(root: User, pending: Booking, strange: Booking) -> None:
    assert set(shown(root)) == {pending, strange}
    assert shown(root, "q=bob@example.com") == [strange]
    assert "Carl Clark" in read(root, "bookings/")


def test_a_row_has_time_person_and_status(maria: User, pending: Booking) -> None:
    assert "Wed 15 Jan 2025, 10:00–11:00 Alice Adams Waits for you Irregular verbs" in read(maria, "bookings/")


def test_the_list_is_paginated(maria: User, alice: User) -> None:
    for number in range(26):
        make_booking(alice, maria, start=madrid("10:00", day=12).replace(month=1 + number % 12, day=12 + number // 12))
    assert "Page 1 of 2" in read(maria, "bookings/")
    assert len(shown(maria, "page=2")) == 1


# --- Export -----------------------------------------------------------------------------------------------------------


def exported(user: User, query: str = "") -> list[list[str]]:
    answer = AdminClient(user).get(f"/admin/bookings/export.csv?{query}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'attachment; filename="bookings.csv"' in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_the_export_has_the_filtered_rows(maria: User, pending: Booking, confirmed: Booking, strange: Booking) -> None:
    head, *rows = exported(maria, "status=PENDING")
    assert head[:4] == ["Date", "Time", "Minutes", "Student"]
    assert [row[:7] for row in rows] == [
        ["2025-01-15", "10:00–11:00", "60", "Alice Adams", "Maria Garcia", "Waits for you", "Irregular verbs"]
    ]
    assert len(exported(maria)) == 3


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_escaped_in_the_export(start: str, maria: User) -> None:
    evil = f'{start}HYPERLINK("https://evil.example.com")'
    student = make_student(first_name=evil.strip())
    make_booking(student, maria, start=madrid("10:00"), notes=evil)
    [_head, row] = exported(maria)
    assert row[6] == f"'{evil}"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize("cell", ["", "Alice", "10:00–11:00", "a=b"])
def test_text_that_is_not_a_formula_is_unchanged(cell: str) -> None:
    assert safe(cell) == cell
