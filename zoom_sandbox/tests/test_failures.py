"""ZOOM_SANDBOX_FAIL: the sandbox fails at will."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from zoom_sandbox import access, failures

pytestmark = pytest.mark.django_db
MEETINGS = "/zoom-sandbox/v2/users/me/meetings"
BODY = {"topic": "Spanish", "type": 2, "start_time": "2030-01-15T10:00:00Z", "duration": 60}


@pytest.fixture
def client() -> Client:
    return Client(headers={"Authorization": f"Bearer {access.new_token('account')}"})


def create(client: Client) -> Any:
    return client.post(MEETINGS, BODY, "application/json")


def test_only_the_configured_operations_fail(client: Client, settings: Settings) -> None:
    meeting = create(client).json()
    settings.ZOOM_SANDBOX_FAIL = ["create:500", "update:429"]
    assert create(client).status_code == 500
    address = f"/zoom-sandbox/v2/meetings/{meeting['id']}"
    assert client.patch(address, {"duration": 30}, "application/json").status_code == 429
    assert client.get(MEETINGS).json()["total_records"] == 1
    assert client.get(address).status_code == 200
    assert client.delete(address).status_code == 204
    settings.ZOOM_SANDBOX_FAIL = []
    assert create(client).status_code == 201


def test_responses_take_the_configured_time(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("zoom_sandbox.views.time.sleep", waits.append)
    assert create(client).status_code == 201
    assert waits == []
    settings.ZOOM_SANDBOX_SECONDS = 3
    assert create(client).status_code == 201
    assert waits == [3]


@pytest.mark.parametrize("word", ["create", "create:200", "make:500", "create:5000", "create:500:1"])
def test_a_malformed_entry_is_refused(word: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ZOOM_SANDBOX_FAIL takes entries such as create:500"):
        failures.parse([word])
