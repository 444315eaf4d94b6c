"""deploy/Caddyfile in a real Caddy: what the web server sees of a request that came through it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from scripts import deployment
from scripts.servers import CADDY
from scripts.with_postgres import free_port
from testing.loopback import Quiet, serving
from testing.processes import PATIENCE_SECONDS, program_of, until


@pytest.fixture
def seen() -> list[Message]:
    """The headers of the requests that reached the web server."""
    return []


@pytest.fixture
def address(tmp_path: Path, seen: list[Message]) -> Iterator[str]:
    caddy = program_of(CADDY)

    class WebServer(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers)
            self.send_response(204)
            self.end_headers()

    site = f"http://127.0.0.1:{free_port()}"
    file = tmp_path / "Caddyfile"
    file.write_text(deployment.caddyfile(caddy))
    with serving(WebServer) as upstream:
        own = {"SITE_ADDRESS": site, "UPSTREAM": upstream.removeprefix("http://")}
        own |= {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        command = [caddy, "run", "--config", str(file), "--adapter", "caddyfile"]
        process = subprocess.Popen(command, env=os.environ | own, stderr=subprocess.DEVNULL)
        try:
            until(lambda: process.poll() is not None or _answers(site))
            assert process.poll() is None, "Caddy did not start."
            yield site
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def _answers(site: str) -> bool:
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(f"{site}/healthz", timeout=5).status_code == 404
    return False


# WSGI makes one header of both spellings, and the web server lets the last one win.
def test_callers_cannot_set_their_address_or_scheme(address: str, seen: list[Message]) -> None:
    forged = {"X-Forwarded-For": "203.0.113.1", "X_Forwarded_For": "203.0.113.2", "x_forwarded_proto": "https"}
    requests.get(f"{address}/api/", headers=forged | {"X-Request-ID": "mine"}, timeout=5)
    [headers] = seen
    assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert headers.get_all("X-Forwarded-Proto") == ["http"]
    assert headers["X-Request-ID"] == "mine"
    assert not [name for name in headers if "_" in name]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_the_proxy_hides_the_urls_for_probes(path: str, address: str, seen: list[Message]) -> None:
    found = requests.get(f"{address}{path}", timeout=5)
    assert (found.status_code, found.json()["code"]) == (404, "not_found")
    assert seen == []
