"""database.prepared_query: the same rows as the queryset that it was made of, for every kind of parameter."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q, QuerySet, Value
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student, make_teacher
from accounts.models import User
from database.prepared_query import PreparedQuery
from database.tests.prepared_parts import COLUMNS, by_id

pytestmark = pytest.mark.django_db

LONG_AGO, FAR_AHEAD = dt.datetime(1999, 1, 1, tzinfo=dt.UTC), dt.datetime(2150, 1, 1, tzinfo=dt.UTC)


def made_between(first: dt.datetime, last: dt.datetime) -> QuerySet[User, Any]:
    return User.objects.filter(created_at__gte=first, created_at__lt=last).order_by("id").values_list(*COLUMNS)


def on_dates(first: dt.date, last: dt.date) -> QuerySet[User, Any]:
    return User.objects.filter(Q(last_login__date__gte=first) | Q(last_login__date__lte=last)).values_list("id")


def test_it_gives_the_rows_of_the_queryset() -> None:
    people = [make_teacher(buffer_minutes=15), make_student(), make_student(is_active=False)]
    query = PreparedQuery(by_id)
    for person in [*people, *people]:
        assert query.rows(user_id=person.id) == list(by_id(person.id))
    assert query.rows(user_id=uuid.uuid4()) == []


def test_types_are_the_fields_own() -> None:
    teacher = make_teacher(buffer_minutes=15)
    [row] = PreparedQuery(by_id).rows(user_id=teacher.id)
    assert [type(value) for value in row] == [uuid.UUID, str, bool, dt.datetime, int]
    assert row[3].tzinfo is not None


@pytest.mark.parametrize(
    ("first", "last", "expected"), [(LONG_AGO, FAR_AHEAD, 2), (LONG_AGO, LONG_AGO, 0), (FAR_AHEAD, LONG_AGO, 0)]
)
def test_datetimes_keep_their_places(first: dt.datetime, last: dt.datetime, expected: int) -> None:
    make_student()
    make_student()
    query = PreparedQuery(made_between)
    query.rows(first=LONG_AGO, last=FAR_AHEAD)
    rows = query.rows(first=first, last=last)
    assert rows == list(made_between(first, last))
    assert len(rows) == expected


def test_an_aware_time_of_any_zone_is_the_same_instant() -> None:
    student = make_student()
    moment = student.created_at.astimezone(dt.timezone(dt.timedelta(hours=9)))
    query = PreparedQuery(made_between)
    assert len(query.rows(first=moment, last=FAR_AHEAD)) == 1
    assert query.rows(first=moment + dt.timedelta(microseconds=1), last=FAR_AHEAD) == []


def test_dates_keep_their_places() -> None:
    student = make_student()
    User.objects.update(last_login=dt.datetime(2025, 1, 15, 12, tzinfo=dt.UTC))
    query = PreparedQuery(on_dates)
    assert query.rows(first=dt.date(2025, 1, 15), last=dt.date(2020, 1, 1)) == [(student.id,)]
    assert query.rows(first=dt.date(2025, 1, 16), last=dt.date(2025, 1, 14)) == []
    assert query.rows(first=dt.date(2026, 1, 1), last=dt.date(2025, 1, 15)) == [(student.id,)]


def test_constants_stay_what_they_were() -> None:
    teacher, student = make_teacher(), make_student()
    query = PreparedQuery(lambda user_id: User.objects.teachers().filter(id=user_id).values_list("id", Value("a")))
    assert query.rows(user_id=teacher.id) == [(teacher.id, "a")]
    assert query.rows(user_id=student.id) == []


def test_one_parameter_may_be_used_several_times() -> None:
    student = make_student()

    def twice(user_id: uuid.UUID) -> QuerySet[User, Any]:
        return User.objects.filter(Q(id=user_id) | ~Q(id=user_id), Q(id=user_id)).values_list("id")

    query = PreparedQuery(twice)
    query.rows(user_id=uuid.uuid4())
    assert query.rows(user_id=student.id) == [(student.id,)]


@pytest.mark.django_db(transaction=True)
def test_a_query_may_have_no_parameters() -> None:
    student, query = make_student(), PreparedQuery(lambda: User.objects.values_list("id"))
    assert query.rows() == query.rows() == [(student.id,)]


def test_it_is_one_statement_and_compiled_once() -> None:
    built = []

    def build(user_id: uuid.UUID) -> QuerySet[User, Any]:
        built.append(user_id)
        return by_id(user_id)

    query, student = PreparedQuery(build), make_student()
    with CaptureQueriesContext(connection) as captured:
        for _ in range(3):
            query.rows(user_id=student.id)
    assert len(captured) == 3
    assert len(built) == 1
    assert built[0] != student.id


def test_it_sees_what_was_written_since() -> None:
    student, query = make_student(), PreparedQuery(by_id)
    query.rows(user_id=student.id)
    User.objects.update(email="new@example.com")
    assert query.rows(user_id=student.id)[0][1] == "new@example.com"


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda **_: User.objects.filter(id=F("id")).values_list("id"), id="not used"),
        pytest.param(
            lambda since: User.objects.filter(created_at__gt=since - dt.timedelta(days=1)).values_list("id"),
            id="changed on the way",
        ),
    ],
)
def test_it_refuses_a_parameter_that_is_not_used_unchanged(build: Any) -> None:
    query = PreparedQuery(build)
    for _ in range(2):
        with pytest.raises(ValueError, match="since"):
            query.rows(since=LONG_AGO)
