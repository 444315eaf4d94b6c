"""Chromium without a window, for tests of what runs in a browser.

It is driven from a thread of its own: Playwright keeps an event loop running there, and where one runs Django's ORM
refuses to work (docs.djangoproject.com, "Async safety").
"""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from scripts.servers import CHROMIUM, find_node
from testing.loopback import Quiet, serving
from testing.processes import program_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

T = TypeVar("T")

PATIENCE_MILLISECONDS = 30_000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Browser:
    """A running Chromium."""

    def __init__(self, chromium: "Chromium", thread: ThreadPoolExecutor) -> None:
        self._chromium = chromium
        self._thread = thread

    def visit(self, address: str, act: "Callable[[Page], T]", **context: Any) -> T:
        """Run `act` on a fresh, isolated page at `address` and return its result.

        `context`: options of Playwright's `new_context`. `act` runs in the browser's thread: no ORM in it. Fails where
        a script of the page raised an error that it did not catch.
        """
        return self._thread.submit(self._visit, address, act, context).result()

    def _visit(self, address: str, act: "Callable[[Page], T]", options: dict[str, Any]) -> T:
        errors: list[str] = []
        with self._chromium.new_context(**options) as context:
            context.set_default_timeout(PATIENCE_MILLISECONDS)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(address)
            told = act(page)
        assert errors == []
        return told


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    """A Chromium, closed at the end."""
    executable = program_of(CHROMIUM)
    if node := find_node():
        os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node)
    # Not at the top: it takes a third of a second, which most test runs need not spend.
    from playwright.sync_api import sync_playwright

    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(sync_playwright().start).result()
        try:
            start = functools.partial(playwright.chromium.launch, executable_path=executable, args=ARGUMENTS)
            chromium = thread.submit(start).result()
            yield Browser(chromium, thread)
            thread.submit(chromium.close).result()
        finally:
            thread.submit(playwright.stop).result()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this test run."""
    with running_browser() as running:
        yield running


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder on a port of this machine: the origin that they are served from."""
    with serving(functools.partial(_Files, directory=str(folder))) as address:
        yield address


class _Files(Quiet, SimpleHTTPRequestHandler):
    pass
