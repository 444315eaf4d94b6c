"""Erasing while others write, against real processes: nothing live and nothing personal is left, and nobody waits."""

import datetime as dt

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student
from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from bookings.tests.system.race_parts import (
    asks,
    moves,
    next_monday,
    teacher_of_all_hours,
)
from privacy.delivery import GRACE, ErasureCourier
from privacy.models import Erasure
from testing.web_server import Request, Server

ERASE = "/api/accounts/me/erase/"
HOUR = dt.timedelta(hours=1)


def erases(person: User) -> Request:
    return Request(mint(user_id=person.id, email=person.email), ERASE, {"confirm": person.email})


def test_a_student_is_erased_during_bookings_and_confirmations(site: Server) -> None:
    for _ in range(3):
        student, teacher = make_student(), teacher_of_all_hours()
        start = next_monday() + 10 * HOUR
        asked = [make_booking(student, teacher, start=start + number * HOUR) for number in range(4)]
        token = mint(user_id=student.id, email=student.email, first_name="John", last_name="Doe")
        answers = site.post_at_once(
            [
                *(moves(teacher, booking, "confirm") for booking in asked),
                erases(student),
                *(asks(token, teacher, start + number * HOUR) for number in range(5, 13)),
            ]
        )
        if answers[4].status == 503:
            [answers[4]] = site.post_at_once([erases(student)])
        assert answers[4].status == 200
        assert {answer.status for answer in answers} <= {200, 201, 400, 401, 503}
        ErasureCourier().deliver(Erasure.objects.get(user=student).pk, now=dt.datetime.now(dt.UTC) + GRACE)
        student.refresh_from_db()
        assert (student.is_active, student.name, student.email) == (False, "", "")
        assert set(Booking.objects.filter(student=student).values_list("status", flat=True)) == {Status.CANCELLED}


def test_two_erasures_of_one_account_are_one(site: Server) -> None:
    student = make_student()
    answers = site.post_at_once([erases(student)] * 6)
    assert [answer.status for answer in answers].count(200) == 1
    assert {answer.body["code"] for answer in answers if answer.status != 200} <= {
        "already_erased",
        "account_inactive",
        "busy",
    }
    assert Erasure.objects.filter(user=student).count() == 1


def test_of_two_superusers_erased_at_once_one_stays(site: Server) -> None:
    for number in range(4):
        User.objects.filter(is_superuser=True).update(is_superuser=False)
        pair = [User.objects.create_superuser(f"root{number}{name}@example.com") for name in "ab"]
        answers = site.post_at_once([erases(person) for person in pair])
        assert sorted(answer.status for answer in answers) == [200, 400]
        assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
