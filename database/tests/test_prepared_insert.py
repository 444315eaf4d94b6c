"""database.prepared_insert: what is stored is what the ORM would store."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Value
from django.db.models.functions import Now, Upper
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import timezone

from accounts.factories import make_student
from accounts.models import TeacherProfile, User
from database.prepared_insert import PreparedInsert, write_together
from database.prepared_statements import prepared_in_transactions
from database.rows import Rows

pytestmark = pytest.mark.django_db

ABROAD = dt.datetime(2025, 1, 15, 19, 30, 0, 123_456, dt.timezone(dt.timedelta(hours=9)))
entries, groups, profiles = PreparedInsert(LogEntry), PreparedInsert(Group), PreparedInsert(TeacherProfile)
users = PreparedInsert(User, created_at=Now())


def made(user: User) -> list[LogEntry]:
    awkward = "Ana 'la' 100% de \"Ñ\"\\"
    return [
        LogEntry(user=user, action_time=ABROAD, object_repr=awkward, action_flag=ADDITION),
        LogEntry(user=user, action_time=ABROAD, object_repr="", action_flag=ADDITION, object_id=f"{user.pk}"),
    ]


def stored(rows: models.QuerySet[Any]) -> list[Any]:
    return [{**row, "id": None} for row in rows.order_by("pk").values()]


def test_the_rows_are_what_the_orm_stores() -> None:
    user = make_student()
    LogEntry.objects.bulk_create(made(user))
    expected = stored(LogEntry.objects.all())
    LogEntry.objects.all().delete()

    entries.write(made(user))

    assert stored(LogEntry.objects.all()) == expected


def test_a_row_whose_key_is_another_rows_is_stored_with_all_its_defaults() -> None:
    student, other = make_student(), make_student()
    TeacherProfile.objects.create(user=student)
    profiles.write([TeacherProfile(user=other)])
    first, second = (TeacherProfile.objects.filter(pk=user.pk).values().get() for user in (student, other))
    assert second == {**first, "user_id": other.pk}


def test_the_instances_are_those_stored() -> None:
    written = made(make_student())
    entries.write(written)
    assert [entry._state.adding for entry in written] == [False, False]
    assert list(LogEntry.objects.order_by("pk")) == written
    written[0].object_repr = "another"
    written[0].save()
    assert LogEntry.objects.get(pk=written[0].pk).object_repr == "another"


def test_keys_that_the_database_gives_reach_their_instances() -> None:
    for names in (["a"], ["b", "c", "d"], ["e", "f", "g"]):
        written = [Group(name=name) for name in names]
        groups.write(written)
        assert [Group.objects.get(pk=group.pk).name for group in written] == names


def test_it_takes_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        groups.write([Group(name="a"), Group(name="b")])


def test_an_expression_is_computed_by_the_database_and_read_when_asked_for() -> None:
    dated, now = PreparedInsert(LogEntry, action_time=Now()), timezone.now()
    written = made(make_student())
    dated.write(written)
    assert all(abs(entry.action_time - now) < dt.timedelta(hours=1) for entry in written)
    assert {entry.action_time for entry in LogEntry.objects.all()} == {entry.action_time for entry in written}


def test_an_expression_with_parameters_is_refused() -> None:
    with pytest.raises(TypeError, match="parameters of its own"):
        PreparedInsert(Group, name=Upper(Value("tutors"))).write([Group()])


def test_several_tables_take_one_statement_on_postgresql(django_assert_num_queries: Any) -> None:
    student = User(email="new@example.com")
    with prepared_in_transactions():
        for _ in range(2):
            User.objects.all().delete()
            with CaptureQueriesContext(connection) as captured:
                write_together((users, [student]), (profiles, [TeacherProfile(user=student)]))
    assert len(captured) == (1 if connection.vendor == "postgresql" else 2)
    assert User.objects.get().profile == student.profile
    assert not student._state.adding


def test_a_mapping_is_stored_with_the_defaults_of_the_rest() -> None:
    first, second = make_student(), make_student()
    write_together((profiles, [{"user_id": first.id, "buffer_minutes": 15}]), (profiles, [TeacherProfile(user=second)]))
    rows = [TeacherProfile.objects.filter(pk=user.pk).values().get() for user in (first, second)]
    assert rows[0] == {**rows[1], "user_id": first.id, "buffer_minutes": 15}


def test_a_mapping_without_a_value_that_is_made_for_each_row_is_refused() -> None:
    with pytest.raises(KeyError, match="id"):
        write_together((users, [{"email": "new@example.com"}]), (groups, [Group(name="a")]))
    assert not Group.objects.exists()


def test_where_one_table_refuses_nothing_is_stored() -> None:
    student = User(email="new@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        write_together((users, [student]), (profiles, [TeacherProfile(user=student), TeacherProfile(user=student)]))
    assert not User.objects.exists()
    assert student._state.adding


def test_of_keys_that_the_database_gives_only_the_last_tables_reach_their_rows() -> None:
    first, last = Group(name="a"), Group(name="b")
    write_together((groups, [first]), (groups, [last]))
    assert first._state.adding
    assert Group.objects.get(name="b") == last
    assert Group.objects.count() == 2


def test_rows_of_other_tables_are_read_along_by_the_last_insert() -> None:
    new_groups, names = PreparedInsert(Group), Rows(User.objects.filter(is_active=True).values("email"))
    groups.write([Group(name="a")])
    new_groups.write([Group(name="b")])
    new_groups.read_along("people", names)
    alone = Group(name="c")
    new_groups.write([alone])
    assert vars(alone)["people"] == []
    make_student(email="new@example.com")
    make_student(email="gone@example.com", is_active=False)
    last = Group(name="d")
    write_together((groups, [Group(name="e")]), (new_groups, [last]))
    assert vars(last)["people"] == [["new@example.com"]]
    assert Group.objects.get(name="d") == last


def test_no_rows_take_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        groups.write([])


def test_a_refused_row_stores_none() -> None:
    groups.write([Group(name="a")])
    refused = Group(name="b")
    with pytest.raises(IntegrityError), transaction.atomic():
        groups.write([refused, Group(name="a")])
    assert list(Group.objects.values_list("name", flat=True)) == ["a"]
    assert refused._state.adding


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_inserted() -> None:
    with pytest.raises(TransactionManagementError):
        groups.write([Group(name="a")])
    assert not Group.objects.exists()


@isolate_apps("accounts")
def test_a_field_that_needs_more_is_refused_beforehand() -> None:
    class Settings(models.Model):  # noqa: DJ008  # nobody reads it
        data = models.JSONField()
        made = models.DateTimeField(auto_now_add=True)
        seen = models.DateTimeField(auto_now=True)

        class Meta:
            app_label = "accounts"

    with pytest.raises(TypeError, match=r"^Settings has fields that this cannot store: \['data', 'made', 'seen'\]\.$"):
        PreparedInsert(Settings)


@pytest.mark.django_db(transaction=True)
def test_postgresql_plans_it_once_for_each_number_of_rows() -> None:
    with prepared_in_transactions(), transaction.atomic():
        groups.write([Group(name="a")])
        groups.write([Group(name="b"), Group(name="c")])
        with CaptureQueriesContext(connection) as captured:
            groups.write([Group(name="d")])
            groups.write([Group(name="e"), Group(name="f")])
    word = "EXECUTE" if connection.vendor == "postgresql" else "INSERT"
    assert [statement["sql"].split()[0] for statement in captured] == [word, word]
    assert Group.objects.count() == 6
