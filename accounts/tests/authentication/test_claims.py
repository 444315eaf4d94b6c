"""accounts.authentication.tokens: what is read from a token that is believed."""

from typing import Any

import pytest

from accounts.authentication.claims import Claims
from accounts.tests.signing import claims, make_verifier, sign


def read(**changes: Any) -> Claims:
    return make_verifier().verify(sign(claims(**changes)))


@pytest.mark.parametrize(
    ("app_metadata", "role"),
    [
        ({"role": "teacher"}, "teacher"),
        ({"role": "student"}, "student"),
        ({"role": "admin"}, None),
        ({"role": "Teacher"}, "teacher"),
        ({"role": ["teacher"]}, None),
        ({"role": {"teacher": True}}, None),
        ({}, None),
        ([], None),
        ("teacher", None),
    ],
)
def test_it_reads_the_role_that_an_administrator_gave(app_metadata: Any, role: str | None) -> None:
    assert read(app_metadata=app_metadata).role == role


def test_it_takes_no_role_from_what_users_write() -> None:
    assert read(user_metadata={"role": "teacher", "app_metadata": {"role": "teacher"}}).role is None
    assert read(user_role="teacher").role is None


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        ({"first_name": "Maria", "last_name": "Garcia"}, ("Maria", "Garcia")),
        ({"first_name": "Maria"}, ("Maria", "")),
        ({"given_name": "Maria", "family_name": "Garcia"}, ("Maria", "Garcia")),
        ({"first_name": "", "given_name": "Maria"}, ("Maria", "")),
        ({"full_name": "Maria del Carmen Garcia"}, ("Maria del Carmen", "Garcia")),
        ({"name": "Maria"}, ("Maria", "")),
        ({"full_name": 5, "name": "Maria Garcia"}, ("Maria", "Garcia")),
        ({"first_name": "Ma\0ria\r\nBcc: x\u2028", "last_name": "\ud800Gar\x7fcia\t"}, ("Maria Bcc: x", "Garcia")),
        ({"first_name": "M" * 101, "last_name": "G" * 99 + " x"}, ("M" * 100, "G" * 99)),
        ({"first_name": ["Maria"], "last_name": {"a": 1}}, ("", "")),
        ({}, ("", "")),
        ([], ("", "")),
        ("Maria", ("", "")),
    ],
)
def test_it_reads_names_of_any_provider_as_one_clean_line(metadata: Any, names: tuple[str, str]) -> None:
    found = read(user_metadata=metadata)
    assert (found.first_name, found.last_name) == names


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("Maria@Example.com", "maria@example.com"),
        (" maria@example.com ", "maria@example.com"),
        ("", ""),
        (None, ""),
        (5, ""),
        ("m" * 243 + "@example.com", ""),
        ("\u0130" * 130 + "@example.com", ""),
        ("maria\0@example.com", ""),
        ("maria\ud800@example.com", ""),
        ("maria@example.com\nBcc: x", ""),
    ],
)
def test_it_reads_an_email_that_can_be_stored_or_none(email: Any, expected: str) -> None:
    assert read(email=email).email == expected
