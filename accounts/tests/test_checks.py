"""accounts.checks: what `manage.py check` says about sign-in."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

URL, KEY, SECRET = "https://project.invalid", "anon-key", "s" * 32


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"SUPABASE_URL": URL, "SUPABASE_JWT_SECRET": ""}, set()),
        ({"SUPABASE_URL": URL, "SUPABASE_JWT_SECRET": SECRET}, {"accounts.W001"}),
        ({"SUPABASE_URL": "", "SUPABASE_JWT_SECRET": SECRET, "DEBUG": True}, set()),
        ({"SUPABASE_URL": "", "SUPABASE_JWT_SECRET": SECRET}, {"accounts.W002"}),
        ({"SUPABASE_URL": URL, "SUPABASE_JWT_SECRET": "", "SUPABASE_ANON_KEY": ""}, {"accounts.W002"}),
        ({"SUPABASE_URL": "", "SUPABASE_JWT_SECRET": "s" * 31, "DEBUG": True}, {"accounts.W003"}),
    ],
)
def test_it_warns_of_what_weakens_or_prevents_sign_in(
    settings: Settings, changes: dict[str, str | bool], found: set[str]
) -> None:
    for name, value in ({"SUPABASE_ANON_KEY": KEY, "DEBUG": False} | changes).items():
        setattr(settings, name, value)
    warnings = [message for message in run_checks() if str(message.id).startswith("accounts.")]
    assert {message.id for message in warnings} == found
    assert all(message.hint for message in warnings)
    assert SECRET not in str(warnings)
