"""Fixtures for the tests of accounts."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest
import time_machine
from pytest_django import Settings

from accounts.authentication.tokens import verifier
from accounts.factories import make_teacher
from accounts.models import User
from accounts.tests.signing import ec_key, key_set, public_jwk
from testing.loopback import Quiet, serving
from testing.supabase_server import ANON_KEY, SERVICE_KEY, SupabaseServer, supabase_server


@dataclass
class KeyServer:
    """Supabase's key address on this machine: what it answers, and how often it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    """A real server, so that the whole way of a fetch is tested."""
    state = KeyServer(body=key_set(public_jwk(ec_key(), "first")))

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            self.send_response(state.status)
            for name, value in ({"Content-Length": str(len(state.body))} | state.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.body)

    with serving(Handler) as state.url:
        yield state


@pytest.fixture
def supabase(settings: Settings) -> Iterator[SupabaseServer]:
    """Supabase's admin API, and the settings that lead to it."""
    with supabase_server() as server:
        settings.SUPABASE_URL = server.address
        settings.SUPABASE_SERVICE_ROLE_KEY = SERVICE_KEY
        settings.SUPABASE_ANON_KEY = ANON_KEY
        yield server


@pytest.fixture(autouse=True)
def fresh_verifier() -> Iterator[None]:
    """Each test's settings make their own verifier."""
    verifier.cache_clear()
    yield
    verifier.cache_clear()


@pytest.fixture
def time_travel() -> Iterator[Callable[[dt.datetime], object]]:
    """Moves the stopped clock."""
    with ExitStack() as stack:
        yield lambda moment: stack.enter_context(time_machine.travel(moment, tick=False))


@pytest.fixture
def maria(db: None) -> User:
    return make_teacher(email="maria@example.com")


@pytest.fixture
def carl(db: None) -> User:
    return make_teacher(first_name="Carl", last_name="Clark", headline="German")
