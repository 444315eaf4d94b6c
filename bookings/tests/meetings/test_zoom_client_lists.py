from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from bookings.tests.zoom_parts import BASE, MEETING, api_calls, fake_zoom, zoom_client
from bookings.zoom_client import ZoomUnavailable

HOST_URL = f"{BASE}/users/ana%40school.example/meetings"


def listed(number: int, agenda: str, created_at: str = "2025-01-10T12:00:00Z") -> dict[str, Any]:
    """A meeting as Zoom's lists show it: without its passcode, and here without a link."""
    return {"id": number, "agenda": agenda, "created_at": created_at, "host_id": "u1"}


def test_it_finds_marked_meetings_on_all_pages_oldest_first() -> None:
    first = [listed(1, "other"), listed(2, "ref-1 b", "2025-01-12T00:00:00Z"), listed(3, "see ref-1")]
    second = [listed(4, "ref-1 a", "2025-01-11T00:00:00Z"), listed(5, "ref-10")]
    with fake_zoom() as zoom:
        query = {"type": "scheduled", "page_size": "300"}
        match = responses.matchers.query_param_matcher
        zoom.get(HOST_URL, json={"meetings": first, "next_page_token": "p2"}, match=[match(query)])
        zoom.get(
            HOST_URL,
            json={"meetings": second, "next_page_token": ""},
            match=[match(query | {"next_page_token": "p2"})],
        )
        zoom.get(f"{BASE}/meetings/2", json=MEETING | {"id": 2, "agenda": "ref-1 b"})
        zoom.get(f"{BASE}/meetings/4", json=MEETING | {"id": 4, "agenda": "ref-1 a"})
        found = zoom_client().find_meetings("ana@school.example", "ref-1 ")
        # Nobody else's meeting was opened.
        assert len(api_calls(zoom)) == 4
    assert [(meeting.id, meeting.agenda) for meeting in found] == [("4", "ref-1 a"), ("2", "ref-1 b")]
    assert all(meeting.join_url and meeting.password for meeting in found)


def test_a_meeting_deleted_while_searching_is_not_found() -> None:
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json={"meetings": [listed(2, "ref-1")]})
        zoom.get(f"{BASE}/meetings/2", json={"code": 3001, "message": "Meeting does not exist: 2."}, status=404)
        assert zoom_client().find_meetings("ana@school.example", "ref-1") == []


def test_an_empty_marker_is_refused() -> None:
    with fake_zoom(token=False) as zoom:
        with pytest.raises(ValueError, match="marker"):
            zoom_client().find_meetings("ana@school.example", "")
        assert len(zoom.calls) == 0


def test_a_list_shows_no_secrets() -> None:
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json={"meetings": [MEETING]})
        [meeting] = zoom_client().list_meetings("ana@school.example")
    assert (meeting.join_url, meeting.password) == ("", "")
    assert meeting.created_at == datetime(2025, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("payload", [{}, {"meetings": None}, {"meetings": {}}, {"meetings": [], "next_page_token": 5}])
def test_an_unreadable_list_is_not_taken_for_an_empty_one(payload: dict[str, Any]) -> None:
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json=payload)
        with pytest.raises(ZoomUnavailable) as caught:
            zoom_client().find_meetings("ana@school.example", "ref-1")
    assert not caught.value.outcome_unknown


def test_an_endless_list_is_aborted() -> None:
    with fake_zoom() as zoom:
        zoom.get(HOST_URL, json={"meetings": [], "next_page_token": "again"})
        with pytest.raises(ZoomUnavailable, match="does not end"):
            list(zoom_client().list_meetings("ana@school.example"))
        assert len(api_calls(zoom)) == 100
