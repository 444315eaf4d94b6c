"""A server on a port of this machine that answers in drops, or never stops."""

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

SECONDS_BETWEEN_BYTES = 0.02


@dataclass
class Dripping:
    """Where it listens, and how much it has sent."""

    address: str
    sent: int = 0


@contextlib.contextmanager
def dripping(start: bytes, again: bytes, *, flood: bool = False) -> Iterator[Dripping]:
    """Answer every connection with `start`, then with `again` for ever: a byte at a time, or in a `flood`."""
    over = threading.Event()
    pause = 0 if flood else SECONDS_BETWEEN_BYTES
    pieces = [again] if flood else [bytes([byte]) for byte in again]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Dripping(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def serve() -> None:
            with contextlib.suppress(OSError):  # the listener is closed
                while True:
                    caller, _ = listener.accept()
                    with contextlib.suppress(OSError), caller:  # the caller has given up
                        answer(caller)

        def answer(caller: socket.socket) -> None:
            caller.recv(65536)
            caller.sendall(start)
            for piece in itertools.cycle(pieces):
                if over.wait(pause):
                    return
                caller.sendall(piece)
                server.sent += len(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            over.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
