"""A small internet, and a server in it."""

from collections.abc import Iterator

import pytest

from testing.internet import Internet
from testing.webhook_receiver import Receiver, webhook_receiver


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    return Internet(monkeypatch)


@pytest.fixture
def receiver(internet: Internet) -> Iterator[Receiver]:
    """Behind http://host.example.com/."""
    with webhook_receiver() as running:
        internet.put("host.example.com", running.address)
        yield running
