"""database.instances: what is made is what the ORM would make."""

import pytest
from django.db.models import Model
from django.db.models.signals import post_init, pre_init
from pytest_django import DjangoAssertNumQueries

from accounts.factories import make_teacher
from accounts.models import ACCOUNT_FIELDS, TeacherProfile, User
from database.instances import instance

SOME = ["id", "first_name", "role"]


@pytest.mark.django_db
def test_an_instance_is_the_one_that_the_orm_reads() -> None:
    stored = User.objects.get(pk=make_teacher().pk)
    made = instance(User, ACCOUNT_FIELDS, [getattr(stored, name) for name in ACCOUNT_FIELDS])
    assert made == stored
    assert {**vars(made), "_state": None} == {**vars(stored), "_state": None}
    assert vars(made._state) == vars(stored._state)
    made.first_name = "Anna"
    made.save()
    assert User.objects.get(pk=stored.pk).first_name == "Anna"


@pytest.mark.django_db
def test_other_fields_are_read_when_they_are_asked_for(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    teacher = make_teacher(email="maria@example.com")
    made = instance(User, SOME, [getattr(teacher, name) for name in SOME])
    assert made.get_deferred_fields() == set(ACCOUNT_FIELDS) - set(SOME)
    with django_assert_num_queries(1):
        assert made.email == "maria@example.com"


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        instance(User, SOME, ["id"])


@pytest.mark.parametrize("model", [User, TeacherProfile])
def test_these_models_need_neither_constructor_nor_signals(model: type[Model]) -> None:
    assert model.__init__ is Model.__init__
    assert not pre_init.has_listeners(model)
    assert not post_init.has_listeners(model)
