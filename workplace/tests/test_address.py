"""/admin/hours/calendar/: the teacher's own calendar address."""

import html
import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import User
from calendars.models import Feed
from workplace.tests.pages import AdminClient, read, text, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
PATH = "hours/calendar/"


def shown(page: object) -> list[str]:
    return re.findall(r"http://testserver/api/calendars/[^<\s]+", html.unescape(page.content.decode()))  # type: ignore[attr-defined]


def test_an_address_is_made_shown_once_and_works(maria: User) -> None:
    assert "You have no calendar address yet" in read(maria, PATH)
    [url] = shown(AdminClient(maria).send(PATH, do="renew"))
    assert Client().get(urlsplit(url).path).status_code == 200
    page = AdminClient(maria).page(PATH)
    assert "You have had a calendar address since Fri 10 Jan 2025" in text(page)
    assert shown(page) == []


def test_a_new_address_ends_the_old_one(maria: User) -> None:
    old, new = (shown(AdminClient(maria).send(PATH, do="renew"))[0] for _ in range(2))
    assert [Client().get(urlsplit(url).path).status_code for url in (old, new)] == [404, 200]


def test_an_address_is_closed(maria: User, carl: User) -> None:
    for teacher in (maria, carl):
        AdminClient(teacher).send(PATH, do="renew")
    assert told(AdminClient(maria).send(PATH, do="close")) == ["Your calendar address is closed."]
    assert [feed.user for feed in Feed.objects.all()] == [carl]


def test_my_hours_link_to_the_calendar_address(maria: User) -> None:
    assert 'href="/admin/hours/calendar/"' in AdminClient(maria).page("hours/").content.decode()


def test_staff_who_do_not_teach_are_refused(root: User) -> None:
    assert AdminClient(root).post(f"/admin/{PATH}", {"do": "renew"}).status_code == 403
    assert not Feed.objects.exists()
