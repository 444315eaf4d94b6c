"""database.prepared_query: the same rows as the queryset that it was made of, for every kind of parameter."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student, make_teacher
from accounts.models import TeacherProfile, User
from database import prepared_query
from database.prepared_query import PlansLost, PreparedQuery, prepared_in_transactions

pytestmark = pytest.mark.django_db

COLUMNS = ("id", "email", "is_active", "created_at", "profile__buffer_minutes")
LONG_AGO, FAR_AHEAD = dt.datetime(1999, 1, 1, tzinfo=dt.UTC), dt.datetime(2150, 1, 1, tzinfo=dt.UTC)


def by_id(user_id: uuid.UUID) -> QuerySet[User, Any]:
    return User.objects.filter(id=user_id).values_list(*COLUMNS)


def headline(user_id: uuid.UUID) -> QuerySet[User, Any]:
    return User.objects.filter(id=user_id).values_list("profile__headline")


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


# --- Plans that PostgreSQL keeps --------------------------------------------------------------------------------------


@contextlib.contextmanager
def wider_headlines() -> Iterator[None]:
    """The column as a migration leaves it that lets headlines be longer."""
    now = TeacherProfile._meta.get_field("headline")
    wider: CharField[str, str] = CharField(max_length=250)
    wider.set_attributes_from_name("headline")
    wider.model = TeacherProfile
    with connection.schema_editor() as editor:
        editor.alter_field(TeacherProfile, now, wider)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(TeacherProfile, wider, now)


def plans() -> int:
    """How many the connection keeps; SQLite has none."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def end_connection() -> None:
    """End it like a restarting server does; SQLite has no server, and continues."""
    if connection.vendor != "postgresql":
        return
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.connection.info.backend_pid])
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_migration_under_a_running_process_costs_the_plans_and_no_answer() -> None:
    teacher, query, other = make_teacher(headline="Spanish"), PreparedQuery(headline), PreparedQuery(by_id)
    kept, expected = 2 if connection.vendor == "postgresql" else 0, list(by_id(teacher.id))
    assert (query.rows(user_id=teacher.id), other.rows(user_id=teacher.id)) == ([("Spanish",)], expected)
    assert plans() == kept
    with wider_headlines():
        assert query.rows(user_id=teacher.id) == [("Spanish",)]
        assert (query.rows(user_id=teacher.id), other.rows(user_id=teacher.id)) == ([("Spanish",)], expected)
        assert plans() == kept


@pytest.mark.django_db(transaction=True)
def test_a_connection_keeps_a_bounded_number_of_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_query, "MOST_PLANS", 2)
    student, queries = make_student(), [PreparedQuery(by_id), PreparedQuery(headline)]
    queries.append(PreparedQuery(lambda user_id: User.objects.filter(id=user_id).values_list("email")))
    for query in queries:
        assert len(query.rows(user_id=student.id)) == 1
    assert plans() == (connection.vendor == "postgresql")


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_costs_the_plans_and_no_answer() -> None:
    student, query = make_student(), PreparedQuery(by_id)
    expected = query.rows(user_id=student.id)
    end_connection()
    assert query.rows(user_id=student.id) == expected
    assert not prepared_query._is_behind_a_pooler.is_set()
    assert query.rows(user_id=student.id) == expected
    assert plans() == (connection.vendor == "postgresql")


@pytest.fixture
def no_pooler_yet() -> Iterator[None]:
    """This process may keep plans, also afterwards."""
    prepared_query._is_behind_a_pooler.clear()
    yield
    prepared_query._is_behind_a_pooler.clear()


def drop_plans() -> None:
    """As a pooler does that hands over another connection; SQLite keeps no plans."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


def make_plan(query: PreparedQuery) -> None:
    """As another process makes it on a connection that a pooler then hands over."""
    assert query._statement is not None
    if connection.vendor != "postgresql":
        return
    drop_plans()
    with connection.cursor() as cursor:
        cursor.execute(prepared_query._preparation(query._statement.sql))
    prepared_query._plans[connection.connection].clear()


@pytest.mark.parametrize("happens", [lambda _: drop_plans(), make_plan], ids=["missing", "there already"])
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_pooler_yet")
def test_behind_a_pooler_plans_are_given_up_at_the_first_error(happens: Callable[[PreparedQuery], None]) -> None:
    student, query = make_student(), PreparedQuery(by_id)
    expected = query.rows(user_id=student.id)
    happens(query)
    assert query.rows(user_id=student.id) == expected
    drop_plans()
    with CaptureQueriesContext(connection) as captured:
        assert query.rows(user_id=student.id) == expected
    assert [statement["sql"].split()[0] for statement in captured] == ["SELECT"]
    assert plans() == 0


def rows_in_transaction(query: PreparedQuery, user_id: uuid.UUID) -> list[Any]:
    with prepared_in_transactions(), transaction.atomic():
        return query.rows(user_id=user_id)


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_a_plan_is_kept_only_where_it_can_be_run_again() -> None:
    student, query = make_student(), PreparedQuery(by_id)
    with transaction.atomic():
        expected = query.rows(user_id=student.id)
    assert plans() == 0
    assert rows_in_transaction(query, student.id) == expected
    assert plans() == (connection.vendor == "postgresql")


@pytest.mark.postgresql
@pytest.mark.parametrize("happens", [lambda _: drop_plans(), make_plan], ids=["missing", "there already"])
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_pooler_yet")
def test_behind_a_pooler_a_transaction_fails_once_and_then_does_without_plans(
    happens: Callable[[PreparedQuery], None],
) -> None:
    student, query = make_student(), PreparedQuery(by_id)
    expected = rows_in_transaction(query, student.id)
    happens(query)
    with pytest.raises(PlansLost):
        rows_in_transaction(query, student.id)
    assert rows_in_transaction(query, student.id) == expected
    drop_plans()
    assert rows_in_transaction(query, student.id) == expected
    assert plans() == 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_pooler_yet")
def test_a_migration_under_a_running_process_fails_one_transaction() -> None:
    teacher, query = make_teacher(headline="Spanish"), PreparedQuery(headline)
    assert rows_in_transaction(query, teacher.id) == [("Spanish",)]
    with wider_headlines():
        with pytest.raises(PlansLost):
            rows_in_transaction(query, teacher.id)
        assert rows_in_transaction(query, teacher.id) == [("Spanish",)]
        assert plans() == 1
