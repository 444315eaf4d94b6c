"""What docs/zoom_booking_api.md says of settings, packages, statuses, migrations and addresses."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import resolve

from bookings.tests.document import section

BOOKINGS = "/api/bookings/bookings/"


def test_prerequisites_name_the_settings_and_the_packages() -> None:
    for name in ("ZOOM_API_KEY", "ZOOM_API_SECRET"):
        assert f"{name}=" in section("1. Zoom API Configuration")
        assert hasattr(settings, name)
    requirements = (Path(settings.BASE_DIR) / "requirements.txt").read_text().lower()
    for package in re.findall(r"pip install (.+)", section("2. Dependencies"))[0].split():
        assert f"\n{package.lower()}==" in requirements


def test_status_workflow_names_every_status() -> None:
    assert re.findall(r"^- \*\*([A-Z]+)\*\*", section("Status Workflow"), re.MULTILINE) == [
        "PENDING",
        "CONFIRMED",
        "COMPLETED",
        "CANCELLED",
    ]


@pytest.mark.django_db
def test_no_migration_is_left_to_be_made() -> None:
    assert "python manage.py makemigrations bookings" in section("Migration Required")
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("migrate", verbosity=0)


def test_the_enhanced_urls_are_wired() -> None:
    assert "include('bookings.urls_enhanced')" in section("Switching to Enhanced System")
    from bookings import urls_enhanced

    assert resolve(BOOKINGS).route.startswith("api/bookings/")
    assert urls_enhanced.urlpatterns
