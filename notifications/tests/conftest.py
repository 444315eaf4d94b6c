"""Addresses, and mail that is sent at once."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core import mail
from pytest_django import Settings

from accounts.models import User
from bookings.tests.conftest import zoom  # noqa: F401  # fixture
from conftest import NOW
from notifications.delivery import MailCourier

Deliver = Callable[..., list[mail.EmailMessage]]


@pytest.fixture(autouse=True)
def addresses(settings: Settings) -> None:
    settings.SCHOOL_NAME, settings.SCHOOL_EMAIL = "Casa Lingua", "office@example.com"
    settings.DEFAULT_FROM_EMAIL = "bookings@example.com"
    settings.FRONTEND_URL, settings.PUBLIC_URL = "https://app.example.com", "https://booking.example.com"


@pytest.fixture
def deliver() -> Deliver:
    """Send all that is due, and return it."""

    def send(now: dt.datetime = NOW) -> list[mail.EmailMessage]:
        mail.outbox.clear()
        MailCourier().deliver_due(now=now)
        return list(mail.outbox)

    return send


@pytest.fixture
def madrid(alice: User) -> User:
    """Alice, who reads by Madrid's clock."""
    alice.timezone, alice.email = "Europe/Madrid", "alice@example.com"
    alice.save()
    return alice
