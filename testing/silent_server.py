"""A server that accepts every connection and never says a word, such as a mail server that has died in its sleep."""

import contextlib
import socket
import threading
from collections.abc import Iterator


class SilentServer:
    """`port` on loopback; `asked` is set once somebody has connected, and `callers` are the connections."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.asked = threading.Event()
        self.callers: list[socket.socket] = []

    def listen(self) -> None:
        with contextlib.suppress(OSError):  # it is closed
            while True:
                caller, _ = self._listener.accept()
                self.callers.append(caller)
                self.asked.set()


@contextlib.contextmanager
def silent_server() -> Iterator[SilentServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = SilentServer(listener)
        thread = threading.Thread(target=server.listen)
        thread.start()
        try:
            yield server
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for caller in server.callers:
                caller.close()
