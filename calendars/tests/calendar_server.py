"""A server of calendars behind the small internet of the tests."""

from http.server import BaseHTTPRequestHandler

from testing.loopback import Quiet

Answers = dict[str, tuple[int, dict[str, str], bytes]]


class CalendarServer:
    """Answers each path as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def tell(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(Quiet):
            def do_GET(self) -> None:  # noqa: N802  # the name is http.server's
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append((self.path, dict(self.headers)))
                status, headers, body = server.answers.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_PROPFIND = do_REPORT = do_GET  # noqa: N815

        return Handler
