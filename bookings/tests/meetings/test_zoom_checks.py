"""System checks of the way to Zoom."""

import pytest
from pytest_django import Settings

from accounts.factories import make_teacher
from bookings import checks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def server_to_server(settings: Settings) -> None:
    settings.ZOOM_EMBEDDED_SANDBOX, settings.ZOOM_ACCOUNT_ID = False, "an-account"


def shared() -> list[str]:
    return [str(found.msg) for found in checks.check_shared_hosts(None, databases=["default"])]


@pytest.mark.parametrize(
    ("account", "host", "ids"),
    [
        ("an-account", "me", ["bookings.W002"]),
        ("an-account", "a@example.com, me", ["bookings.W002"]),
        ("an-account", "a@example.com,me@example.com", []),
        ("", "me", ["bookings.W001"]),
    ],
)
def test_the_host_me_is_warned_about_with_server_to_server_credentials(
    account: str, host: str, ids: list[str], settings: Settings
) -> None:
    settings.ZOOM_ACCOUNT_ID, settings.ZOOM_DEFAULT_HOST = account, host
    assert [found.id for found in checks.check_zoom(None)] == ids


def test_teachers_who_share_a_host_cause_a_warning(settings: Settings) -> None:
    make_teacher()
    assert shared() == []
    make_teacher()
    assert shared() == ["2 teachers share Zoom hosts: overlapping sessions would need two meetings of one at once."]
    settings.ZOOM_DEFAULT_HOST = "a@example.com, b@example.com"
    assert shared() == []
    for _ in range(2):
        make_teacher(zoom_host="own@example.com")
    assert len(shared()) == 1
    settings.ZOOM_HOST_CONCURRENCY = 1
    assert shared() == []


def test_without_a_database_it_says_nothing() -> None:
    for _ in range(2):
        make_teacher()
    assert checks.check_shared_hosts(None, databases=None) == []
