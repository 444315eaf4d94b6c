"""accounts.authentication.configuration: what settings of Supabase are taken, and which stop the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.authentication.configuration import issuers, safe_address


def test_issuers_are_kept_exactly_and_the_word_none_accepts_tokens_without_one() -> None:
    assert issuers(["https://ref.supabase.co/auth/v1", "None", "http://127.0.0.1:54321/auth/v1"]) == [
        "https://ref.supabase.co/auth/v1",
        None,
        "http://127.0.0.1:54321/auth/v1",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://project.supabase.co",
        "http://127.0.0.1:54321",
        "http://localhost:8000",
        "http://[::1]",
        "http://a.localhost",
    ],
)
def test_https_and_this_machine_are_safe(url: str) -> None:
    assert safe_address(url, allow_http=False) == url


@pytest.mark.parametrize(
    "url", ["http://kong:8000", "http://10.0.0.7", "http://localhost.example.com", "http://0.0.0.0"]
)
def test_plain_http_elsewhere_needs_a_setting(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SUPABASE_URL must start with https://"):
        safe_address(url, allow_http=False)
    assert safe_address(url, allow_http=True) == url
