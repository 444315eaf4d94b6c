"""accounts.authentication.dev_tokens and `manage.py dev_token`: tokens for trying the API without Supabase."""

import uuid
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.authentication.claims import Claims
from accounts.authentication.dev_tokens import demo_id, mint
from accounts.authentication.tokens import verifier
from accounts.factories import make_student
from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def debug(settings: Settings) -> None:
    """The test runner turns DEBUG off."""
    settings.DEBUG = True


def dev_token(*arguments: str) -> str:
    output = StringIO()
    call_command("dev_token", *arguments, stdout=output)
    return output.getvalue()


def read(*arguments: str) -> Claims:
    return replace(verifier().verify(dev_token(*arguments).strip()), issued_at=None)


def test_it_prints_a_token_that_the_api_believes_and_nothing_else() -> None:
    assert dev_token("maria@example.com").count("\n") == 1
    claims = read("Maria@Example.com", "--role", "teacher", "--first-name", "Maria", "--last-name", "Garcia")
    assert claims == Claims(demo_id("maria@example.com"), "maria@example.com", "teacher", "Maria", "Garcia")
    assert not User.objects.exists()


def test_it_is_the_same_person_each_time() -> None:
    assert read("maria@example.com").user_id == read("MARIA@example.com").user_id
    assert read("maria@example.com").user_id != read("john@example.com").user_id


def test_it_speaks_for_an_account_that_is_there_already() -> None:
    student = make_student(email="john@example.com")
    assert read("john@example.com") == Claims(student.id, "john@example.com", None, "", "")


@pytest.mark.parametrize("hours", ["0", "-1", "25", "nan", "inf"])
def test_it_refuses_a_life_that_the_api_would_refuse(hours: str) -> None:
    with pytest.raises(CommandError, match="--hours"):
        dev_token("maria@example.com", f"--hours={hours}")


@pytest.mark.parametrize(("name", "value"), [("DEBUG", False), ("SUPABASE_JWT_SECRET", "")])
def test_it_mints_only_in_development_and_only_with_a_secret(settings: Settings, name: str, value: Any) -> None:
    setattr(settings, name, value)
    with pytest.raises(CommandError):
        dev_token("maria@example.com")


def test_a_token_carries_the_issuer_of_the_configured_project(settings: Settings) -> None:
    settings.SUPABASE_URL = "https://project.invalid"
    settings.SUPABASE_JWT_SECRET = "s" * 32
    assert verifier().verify(mint(user_id=uuid.UUID(int=1))).user_id == uuid.UUID(int=1)
