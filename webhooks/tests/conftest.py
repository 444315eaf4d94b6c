"""A receiver of webhooks on this machine."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from bookings.tests.conftest import zoom  # noqa: F401  # fixture
from testing.webhook_receiver import Receiver, webhook_receiver
from webhooks.models import Endpoint


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    with webhook_receiver() as running:
        yield running


@pytest.fixture
def endpoint(db: None, receiver: Receiver) -> Endpoint:
    return Endpoint.objects.create(url=f"{receiver.address}/hooks?school=1")
