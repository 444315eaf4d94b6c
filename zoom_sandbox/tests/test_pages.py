import datetime as dt

import pytest
from django.test import Client

from zoom_sandbox.models import SandboxMeeting

pytestmark = pytest.mark.django_db

START = dt.datetime(2025, 1, 16, 9, 0, tzinfo=dt.UTC)


def page(client: Client, **fields: object) -> str:
    values = {"host": "ana@school.example", "topic": "Ana with Ben", "start_time": START, "duration": 45} | fields
    meeting = SandboxMeeting.objects.create(**values)
    answer = client.get(f"/zoom-sandbox/j/{meeting.id}?pwd=x")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_join_link_shows_the_meeting(client: Client) -> None:
    text = page(client, settings={"waiting_room": True})
    assert "Ana with Ben" in text
    assert "Thursday, 16 January 2025, 09:00 UTC" in text
    assert "45 minutes" in text
    assert "ana@school.example" in text
    assert "There is a waiting room" in text
    assert "This is a development sandbox: no real meeting." in text


def test_a_missing_waiting_room_is_shown(client: Client) -> None:
    assert "There is no waiting room" in page(client)


@pytest.mark.parametrize("markup", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ meeting }}"])
def test_markup_is_escaped(client: Client, markup: str) -> None:
    text = page(client, topic=markup, host=markup)
    assert "<script" not in text
    assert "<img" not in text
    assert "Ana with Ben" not in text


@pytest.mark.parametrize("number", ["1", "9" * 30])
def test_an_unknown_meeting_has_a_page_too(client: Client, number: str) -> None:
    answer = client.get(f"/zoom-sandbox/j/{number}")
    assert answer.status_code == 404
    assert f"There is no meeting {number}" in answer.content.decode()


def test_a_deleted_meeting_is_no_longer_shown(client: Client) -> None:
    meeting = SandboxMeeting.objects.create(host="ana", topic="Secret", start_time=START, deleted_at=START)
    answer = client.get(f"/zoom-sandbox/j/{meeting.id}")
    assert answer.status_code == 404
    assert "Secret" not in answer.content.decode()


def test_pages_are_read_only(client: Client) -> None:
    assert client.post("/zoom-sandbox/j/1").status_code == 405


def test_numbers_look_like_zooms_and_differ() -> None:
    numbers = {SandboxMeeting(topic="t", host="h").id for _ in range(100)}
    assert len(numbers) == 100
    assert all(len(str(number)) == 11 for number in numbers)
    assert str(SandboxMeeting(id=5, topic="Lesson")) == "Lesson (5)"
