"""database.prepared_statements: the plans that PostgreSQL keeps for each connection, and how their loss is met."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import CharField, QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.factories import make_student, make_teacher
from accounts.models import TeacherProfile, User
from database import prepared_statements
from database.prepared_query import PreparedQuery
from database.prepared_statements import PlansLost, Statement, prepared_in_transactions
from database.tests.prepared_parts import by_id

pytestmark = pytest.mark.django_db(transaction=True)


def headline(user_id: uuid.UUID) -> QuerySet[User, Any]:
    return User.objects.filter(id=user_id).values_list("profile__headline")


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


def test_a_migration_under_a_running_process_costs_the_plans_and_no_answer() -> None:
    teacher, query, other = make_teacher(headline="Spanish"), PreparedQuery(headline), PreparedQuery(by_id)
    kept, expected = 2 if connection.vendor == "postgresql" else 0, list(by_id(teacher.id))
    assert (query.rows(user_id=teacher.id), other.rows(user_id=teacher.id)) == ([("Spanish",)], expected)
    assert plans() == kept
    with wider_headlines():
        assert query.rows(user_id=teacher.id) == [("Spanish",)]
        assert (query.rows(user_id=teacher.id), other.rows(user_id=teacher.id)) == ([("Spanish",)], expected)
        assert plans() == kept


def test_a_connection_keeps_a_bounded_number_of_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared_statements, "MOST_PLANS", 2)
    student, queries = make_student(), [PreparedQuery(by_id), PreparedQuery(headline)]
    queries.append(PreparedQuery(lambda user_id: User.objects.filter(id=user_id).values_list("email")))
    for query in queries:
        assert len(query.rows(user_id=student.id)) == 1
    assert plans() == (connection.vendor == "postgresql")


def test_a_lost_connection_costs_the_plans_and_no_answer() -> None:
    student, query = make_student(), PreparedQuery(by_id)
    expected = query.rows(user_id=student.id)
    end_connection()
    assert query.rows(user_id=student.id) == expected
    assert not prepared_statements._is_behind_a_pooler.is_set()
    assert query.rows(user_id=student.id) == expected
    assert plans() == (connection.vendor == "postgresql")


@pytest.fixture
def no_pooler_yet() -> Iterator[None]:
    """This process may keep plans, also afterwards."""
    prepared_statements._is_behind_a_pooler.clear()
    yield
    prepared_statements._is_behind_a_pooler.clear()


def drop_plans() -> None:
    """As a pooler does that hands over another connection; SQLite keeps no plans."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


def make_plan(query: PreparedQuery) -> None:
    """As another process makes it on a connection that a pooler then hands over."""
    assert query._compiled is not None
    if connection.vendor != "postgresql":
        return
    drop_plans()
    with connection.cursor() as cursor:
        query._compiled.statement.prepare(cursor)
    prepared_statements._plans[connection.connection].clear()


@pytest.mark.parametrize("happens", [lambda _: drop_plans(), make_plan], ids=["missing", "there already"])
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


def test_in_a_transaction_a_plan_is_kept_only_where_it_can_be_run_again() -> None:
    student, query = make_student(), PreparedQuery(by_id)
    with transaction.atomic():
        expected = query.rows(user_id=student.id)
    assert plans() == 0
    assert rows_in_transaction(query, student.id) == expected
    assert plans() == (connection.vendor == "postgresql")


@pytest.mark.postgresql
@pytest.mark.parametrize("happens", [lambda _: drop_plans(), make_plan], ids=["missing", "there already"])
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
@pytest.mark.usefixtures("no_pooler_yet")
def test_a_migration_under_a_running_process_fails_one_transaction() -> None:
    teacher, query = make_teacher(headline="Spanish"), PreparedQuery(headline)
    assert rows_in_transaction(query, teacher.id) == [("Spanish",)]
    with wider_headlines():
        with pytest.raises(PlansLost):
            rows_in_transaction(query, teacher.id)
        assert rows_in_transaction(query, teacher.id) == [("Spanish",)]
        assert plans() == 1


def test_a_value_in_several_places_is_sent_once() -> None:
    statement = Statement("SELECT CAST(%s AS integer), CAST(%s AS integer), CAST(%s AS integer)", [0, 1, 0])
    with CaptureQueriesContext(connection) as captured:
        assert statement.run([7, 8], connection) == [(7, 8, 7)]
    sent = captured[-1]["sql"]
    if connection.vendor == "postgresql":
        assert sent.endswith(" (7, 8)")
    assert statement.run([8, 7], connection) == [(8, 7, 8)]


def test_constants_are_part_of_the_plan() -> None:
    sql = "SELECT CAST(%s AS integer), CAST(%s AS integer), CAST(%s AS integer)"
    statement, another = (Statement(sql, [None, 0, None], constants) for constants in ([1, 2], [1, 3]))
    with CaptureQueriesContext(connection) as captured:
        assert statement.run([7], connection) == [(1, 7, 2)]
        assert another.run([7], connection) == [(1, 7, 3)]
    assert statement.name != another.name
    if connection.vendor == "postgresql":
        assert captured[-1]["sql"].endswith(" (7)")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_statement_is_planned_once() -> None:
    student, query = make_student(), PreparedQuery(by_id)
    for _ in range(10):
        query.rows(user_id=student.id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements")
        assert cursor.fetchall() == [(10, 0)]


@contextlib.contextmanager
def accounts_elsewhere() -> Iterator[None]:
    """Rename their table meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_user RENAME TO people")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE people RENAME TO accounts_user")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_pooler_yet")
def test_a_statement_whose_preparation_failed_is_prepared_at_its_next_use() -> None:
    student, query = make_student(), PreparedQuery(by_id)
    with accounts_elsewhere(), pytest.raises(ProgrammingError):
        query.rows(user_id=student.id)
    assert plans() == 0
    assert [row[0] for row in query.rows(user_id=student.id)] == [student.id]
    assert plans() == 1
    assert not prepared_statements._is_behind_a_pooler.is_set()
