"""Workers that post over real sockets: no message is lost, and a killed worker repeats at most its current one."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from testing.processes import kill, until
from testing.site import Site, site
from testing.webhook_receiver import Receiver, webhook_receiver
from webhooks.models import Delivery, Endpoint
from webhooks.writing import write_test

pytestmark = pytest.mark.production

DUE = 60


@pytest.fixture
def standing() -> Iterator[Receiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def here(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    with django_db_blocker.unblock(), site(tmp_path_factory.mktemp("hooks")) as installed:
        yield installed._replace(environment=installed.environment | {"WEBHOOKS_ALLOW_PRIVATE": "true"})


def test_three_workers_of_whom_one_is_killed_lose_nothing_and_repeat_at_most_one(
    here: Site, standing: Receiver
) -> None:
    endpoint, now = Endpoint.objects.create(url=standing.address), dt.datetime.now(dt.UTC)
    ids = {write_test(endpoint, now=now).webhook_id for _ in range(DUE)}
    standing.hold_at = DUE // 3
    with here.worker("--loop") as first:
        assert standing.held.wait(60)
        stuck = Delivery.objects.open().exclude(leased_until=None).get()
        with here.worker("--loop"), here.worker("--loop"):
            kill(first)  # its message was taken, and it does not know yet
            Delivery.objects.filter(pk=stuck.pk).update(leased_until=now - dt.timedelta(days=1))
            until(lambda: not Delivery.objects.open().exists(), seconds=120)
    counts = Counter(taken.headers["webhook-id"] for taken in standing.taken)
    assert set(counts) == ids
    assert counts.pop(stuck.webhook_id) == 2
    assert set(counts.values()) == {1}
