"""A mail server on loopback that refuses, hangs and drops as a test asks for."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from scripts.with_postgres import free_port


class Mailbox:
    """Accepted mail, in order. `refused` has addresses that do not exist; `hold_at` is the message that hangs."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.refused: set[str] = set()
        self.hold_at: int | None = None
        self.held = threading.Event()
        self.drops = 0
        self.port = 0

    @property
    def subjects(self) -> list[str]:
        return [f"{message['To']}: {message['Subject']}" for message in self.taken]

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.drops:
            self.drops -= 1
            assert server.transport is not None
            server.transport.close()
            return "421 Gone"
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=default))
        if len(self.taken) == self.hold_at:
            self.held.set()
            await asyncio.sleep(60)
        return "250 OK"


@contextlib.contextmanager
def smtp_server() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    mailbox.port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop(no_assert=True)
