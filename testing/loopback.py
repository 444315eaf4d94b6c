"""HTTP servers on a free port of this machine, in a thread, for what stands on the other side of the network."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Quiet(BaseHTTPRequestHandler):
    """Writes no line for each request: what a test wants to know, its server keeps."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the signature is http.server's
        """Nothing."""


@contextlib.contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler], *, certificate: Path | None = None) -> Iterator[str]:
    """The address of a running server, whose requests this handler takes; with a certificate, over TLS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
