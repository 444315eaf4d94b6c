"""GET, POST, DELETE /api/accounts/me/calendar/"""

import datetime as dt
from urllib.parse import urlsplit

import pytest
import time_machine

from accounts.models import User
from bookings.tests.conftest import Api, refused
from calendars.models import Feed
from calendars.tests.parts import address_of, fetched
from conftest import NOW

ADDRESS = "/api/accounts/me/calendar/"
NONE = {"exists": False, "created_at": None}


def test_there_is_no_address_at_first(alice: User, api_for: Api) -> None:
    assert api_for(alice).get(ADDRESS).json() == NONE
    assert not Feed.objects.exists()


def test_an_address_is_created_and_shown_once(alice: User, bob: User, api_for: Api) -> None:
    made = api_for(alice).post(ADDRESS)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    url = made.json()["url"]
    assert made.json() == {"url": url, "created_at": "2025-01-10T12:00:00Z"}
    assert made.headers["Location"] == url
    assert url.startswith("http://testserver/api/calendars/")
    secret = url.rpartition("/")[2].removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in repr(Feed.objects.values())
    assert api_for(alice).get(ADDRESS).json() == {"exists": True, "created_at": "2025-01-10T12:00:00Z"}
    assert api_for(bob).get(ADDRESS).json() == NONE
    assert fetched(urlsplit(url).path).status_code == 200


def test_a_new_address_ends_the_old_one(alice: User, api_for: Api) -> None:
    old = address_of(alice)
    with time_machine.travel(NOW + dt.timedelta(minutes=5), tick=False):
        new = api_for(alice).post(ADDRESS).json()
    assert new["created_at"] == "2025-01-10T12:05:00Z"
    assert fetched(old).status_code == 404
    assert fetched(urlsplit(new["url"]).path).status_code == 200
    assert Feed.objects.count() == 1


def test_an_address_is_closed(alice: User, bob: User, api_for: Api) -> None:
    own, others = address_of(alice), address_of(bob)
    for _ in range(2):
        assert api_for(alice).delete(ADDRESS).status_code == 204
    assert api_for(alice).get(ADDRESS).json() == NONE
    assert (fetched(own).status_code, fetched(others).status_code) == (404, 200)


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_it_needs_a_token(method: str, alice: User, api_for: Api) -> None:
    address_of(alice)
    assert getattr(api_for(None), method)(ADDRESS).status_code == 401
    assert Feed.objects.count() == 1


def test_a_body_is_refused(alice: User, api_for: Api) -> None:
    answer = api_for(alice).post(ADDRESS, {"secret": "my-own"})
    assert refused(answer, 400, "secret: There is no such field here.", "invalid")
    assert not Feed.objects.exists()
