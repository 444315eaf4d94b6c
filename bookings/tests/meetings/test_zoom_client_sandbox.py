"""The client as the settings make it, and all the way through the sandbox that development uses."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client

from bookings import zoom_client
from bookings.zoom_client import MeetingDetails, ZoomGone, ZoomRefused
from bookings.zoom_client.auth import LegacyJwtTokens, ServerToServerTokens

LATER = dt.datetime(2999, 1, 15, 9, 30, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def fresh_client() -> Iterator[None]:
    zoom_client.client.cache_clear()
    yield
    zoom_client.client.cache_clear()


def details(agenda: str = "ref-1 Ana with Ben") -> MeetingDetails:
    return MeetingDetails(topic="Lesson <b>one</b>", agenda=agenda, start=LATER, duration_minutes=45)


@pytest.mark.django_db
def test_a_meeting_lives_and_dies_in_the_sandbox(client: Client) -> None:
    zoom = zoom_client.client()
    made = zoom.create_meeting("ana@school.example", details("ref-1 " + "a" * 500))
    assert (made.start, made.duration_minutes, made.host) == (LATER, 45, "ana@school.example")
    assert len(made.password) == 10
    assert zoom.get_meeting(made.id) == made

    moved = LATER + dt.timedelta(days=1)
    zoom.update_meeting(made.id, MeetingDetails(topic="Moved", agenda="ref-1", start=moved, duration_minutes=60))
    after = zoom.get_meeting(made.id)
    assert (after.start, after.duration_minutes, after.agenda) == (moved, 60, "ref-1")
    assert (after.join_url, after.password) == (made.join_url, made.password)

    page = urlsplit(after.join_url)
    assert client.get(f"{page.path}?{page.query}").status_code == 200
    zoom.delete_meeting(made.id)
    zoom.delete_meeting(made.id)
    assert client.get(page.path).status_code == 404
    with pytest.raises(ZoomGone):
        zoom.get_meeting(made.id)
    with pytest.raises(ZoomGone):
        zoom.update_meeting(made.id, details())


@pytest.mark.django_db
def test_only_marked_meetings_of_the_host_are_found() -> None:
    zoom = zoom_client.client()
    ours = [zoom.create_meeting("ana", details()).id for _ in range(2)]
    zoom.create_meeting("ana", details("about ref-1"))
    zoom.create_meeting("ben", details())
    zoom.delete_meeting(zoom.create_meeting("ana", details()).id)
    assert {meeting.id for meeting in zoom.find_meetings("ana", "ref-1")} == set(ours)
    assert len(list(zoom.list_meetings("ana"))) == 3


@pytest.mark.django_db
def test_the_sandbox_refuses_what_zoom_refuses() -> None:
    with pytest.raises(ZoomRefused, match=r"Validation Failed\. duration: ") as caught:
        zoom_client.client().create_meeting(
            "ana", MeetingDetails(topic="t", agenda="", start=LATER, duration_minutes=1441)
        )
    assert (caught.value.status, caught.value.code) == (400, 300)


def test_a_process_has_one_client() -> None:
    assert zoom_client.client() is zoom_client.client()


@pytest.mark.parametrize(("account_id", "kind"), [("", LegacyJwtTokens), ("account-1", ServerToServerTokens)])
def test_the_account_id_decides_how_tokens_are_made(settings: LazySettings, account_id: str, kind: type) -> None:
    settings.ZOOM_EMBEDDED_SANDBOX = False
    settings.ZOOM_ACCOUNT_ID = account_id
    settings.ZOOM_API_KEY, settings.ZOOM_API_SECRET = "canary-key", "canary-secret"
    settings.ZOOM_TIMEOUT_SECONDS = 7
    zoom = zoom_client.client()
    assert type(zoom._tokens) is kind
    assert zoom._wire.timeout_seconds == 7
    assert "canary" not in repr(zoom) + repr(zoom._tokens)
    assert "http://zoom-sandbox.localhost/" not in zoom._wire.session.adapters
    assert zoom._base_url == "https://api.zoom.us/v2"
