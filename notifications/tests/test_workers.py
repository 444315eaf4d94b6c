"""Workers that send mail over a real socket: none is lost, and a killed worker repeats at most its current one."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from accounts.factories import make_student, make_teacher
from bookings.models import Booking
from bookings.states import Status
from notifications.kinds import Kind
from notifications.models import MailPreferences, Message
from testing.processes import kill, until
from testing.site import Site, site
from testing.smtp_server import Mailbox, smtp_server

pytestmark = pytest.mark.production

HOUR = dt.timedelta(hours=1)
# 500 were tried too; that takes a minute of CPU.
DUE = int(os.environ.get("MAIL_MESSAGES", "60"))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as mailbox:
        yield mailbox


@pytest.fixture
def here(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    mailbox: Mailbox,
) -> Iterator[Site]:
    with django_db_blocker.unblock(), site(tmp_path_factory.mktemp("mail")) as installed:
        address = {"EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}", "SCHOOL_EMAIL": "office@example.com"}
        yield installed._replace(environment=installed.environment | address)


def cancellations(count: int) -> set[str]:
    """So many messages that are due. Return their addresses."""
    now, teacher = dt.datetime.now(dt.UTC), make_teacher(email="maria@example.com")
    students = [make_student(email=f"student{number}@example.com") for number in range(count)]
    start = now + 24 * HOUR
    bookings = Booking.objects.bulk_create(
        Booking(
            student=student,
            teacher=teacher,
            start_time=start,
            end_time=start + HOUR,
            blocked_until=start + HOUR,
            status=Status.CANCELLED,
            created_at=now,
        )
        for student in students
    )
    Message.objects.bulk_create(
        Message(
            booking=booking,
            kind=Kind.CANCELLED,
            recipient=booking.student,
            booking_version=booking.version,
            created_at=now,
            due_at=now,
        )
        for booking in bookings
    )
    return {student.email for student in students}


def received(mailbox: Mailbox) -> Counter[str]:
    return Counter(str(message["To"]) for message in mailbox.taken)


def test_three_workers_of_whom_one_is_killed_lose_nothing_and_repeat_at_most_one(here: Site, mailbox: Mailbox) -> None:
    addresses = cancellations(DUE)
    mailbox.hold_at = DUE // 3
    with here.worker("--loop") as first:
        assert mailbox.held.wait(60)
        stuck = Message.objects.open().exclude(leased_until=None)
        number = stuck.get().pk
        with here.worker("--loop"), here.worker("--loop"):
            kill(first)  # its message was taken, and it does not know yet
            stuck.filter(pk=number).update(leased_until=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
            until(lambda: not Message.objects.open().exists(), seconds=300)
    counts = received(mailbox)
    assert set(counts) == addresses
    assert sum(counts.values()) <= len(addresses) + 1


def test_a_refused_address_and_a_dropped_connection_hold_up_nobody(here: Site, mailbox: Mailbox) -> None:
    addresses = cancellations(5)
    gone = sorted(addresses)[2]
    mailbox.refused, mailbox.drops = {gone}, 1
    here.work()
    assert mailbox.taken == []  # a dead server is not asked for each message
    Message.objects.open().update(due_at=dt.datetime.now(dt.UTC))
    here.work()
    assert set(received(mailbox)) == addresses - {gone}
    assert max(received(mailbox).values()) == 1
    assert MailPreferences.objects.get().dead_address == gone
    assert not Message.objects.open().exists()
