"""Addresses whose path is a key: in no log line, report or metric, and limited as all that need no token are."""

import io
import logging
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.factories import make_student
from accounts.models import User
from calendars import keys
from calendars.tests.parts import address_of, fetched
from rag_app.http.throttling import PER_ADDRESS
from rag_app.operations import sentry
from rag_app.operations.logs import JsonLines, Words


@pytest.fixture
def alice(db: None) -> User:
    return make_student(first_name="Alice")


def test_it_counts_among_the_requests_of_its_address(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.THROTTLE_ENABLED = True
    monkeypatch.setitem(PER_ADDRESS, "any", 2)
    address = address_of(alice)
    headers = {"REMOTE_ADDR": "203.0.113.77"}
    answers = [Client(**headers).get(address).status_code for _ in range(3)]  # type: ignore[arg-type]  # an address
    assert answers == [200, 200, 429]


@pytest.mark.parametrize("formatter", [JsonLines, Words])
def test_the_secret_is_in_no_log_line(
    formatter: Any, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    logging.getLogger().addHandler(handler)
    monkeypatch.setattr(keys, "reader_of", lambda secret: (alice, None)[len(secret) < 43])
    try:
        secret = address_of(alice).rpartition("/")[2].removesuffix(".ics")
        fetched(f"/api/calendars/{secret}.ics")
        fetched(f"/api/calendars/{secret}.ics/")
        Client().post(f"/api/notifications/unsubscribe/{secret}/")
        settings.SECURE_SSL_REDIRECT = True
        fetched(f"/api/calendars/{secret}.ics")
        settings.SECURE_SSL_REDIRECT = False
        monkeypatch.setattr(keys, "reader_of", _fail)
        assert fetched(f"/api/calendars/{secret}.ics").status_code == 500
    finally:
        logging.getLogger().removeHandler(handler)
    written = stream.getvalue()
    assert written.count("/api/calendars/***") >= 4
    assert "/api/notifications/unsubscribe/***/" in written
    assert "A fault" in written
    assert secret not in written


def _fail(secret: str) -> None:
    raise RuntimeError(f"A fault at /api/calendars/{secret}.ics")


def test_the_secret_is_in_no_report_to_sentry() -> None:
    url = "https://booking.example.com/api/calendars/a-secret_1.ics"
    exception: dict[str, Any] = {"type": "RuntimeError", "value": f"A fault at {url}"}
    found = sentry.reported(
        {
            "request": {"url": url, "method": "GET"},
            "transaction": "/api/calendars/a-secret_1",
            "exception": {"values": [exception]},
        },
        {},
    )
    assert found is not None
    assert exception["value"] == "A fault at https://booking.example.com/api/calendars/***"
    assert found["request"] == {"url": "https://booking.example.com/api/calendars/***", "method": "GET"}
    assert found["transaction"] == "/api/calendars/***"


def test_the_secret_is_in_no_metric(alice: User, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token-for-metrics-of-32-characters"
    address = address_of(alice)
    assert fetched(address).status_code == 200
    page = fetched("/metrics", authorization=f"Bearer {settings.METRICS_TOKEN}").content.decode()
    assert 'route="api/calendars/<str:secret>.ics"' in page
    assert address.rpartition("/")[2].removesuffix(".ics") not in page
