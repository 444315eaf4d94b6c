"""calendars.fetching: no address, name or redirect leads inside our own network."""

import pytest
from pytest_django import Settings

from calendars import fetching
from calendars.tests.calendar_server import CalendarServer
from calendars.tests.fetch_parts import ADDRESS, refusal
from testing.internet import PUBLIC, Internet

pytestmark = pytest.mark.usefixtures("http_allowed")

PRIVATE = "The address leads into a private network."


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_a_name_with_a_private_address_is_refused(inside: str, internet: Internet) -> None:
    internet.names["evil.example.com"] = [[inside]]
    assert refusal("http://evil.example.com/busy.ics") == PRIVATE
    assert internet.connected == []


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/", "http://2130706433/", "http://[::1]/", "//169.254.169.254/latest/", "http://inner.example/"],
)
def test_a_redirect_to_a_private_address_is_not_followed(
    location: str, server: CalendarServer, internet: Internet
) -> None:
    internet.names["inner.example"] = [["10.0.0.1"]]
    server.tell("/busy.ics?key=secret", status=302, Location=location)
    assert refusal(ADDRESS) == PRIVATE
    assert internet.connected == [(PUBLIC, 80)]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://calendar.example.com/", "gopher://127.0.0.1/"])
def test_a_redirect_to_another_scheme_is_not_followed(location: str, server: CalendarServer) -> None:
    server.tell("/busy.ics?key=secret", status=302, Location=location)
    assert refusal(ADDRESS) in ("The address must begin with https://.", "This is not the address of a calendar.")


def test_a_name_that_becomes_private_between_two_redirects_is_refused(
    server: CalendarServer, internet: Internet
) -> None:
    internet.names["calendar.example.com"] = [[PUBLIC], ["127.0.0.1"]]
    server.tell("/busy.ics?key=secret", status=302, Location="/inner")
    assert refusal(ADDRESS) == PRIVATE
    assert [path for path, _ in server.asked] == ["/busy.ics?key=secret"]


# --- Addresses ---


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "This is not the address of a calendar."),
        ("https://", "This is not the address of a calendar."),
        ("calendar.example.com/busy.ics", "This is not the address of a calendar."),
        ("https://[::1", "This is not the address of a calendar."),
        ("https://calendar.example.com:99999/", "This is not the address of a calendar."),
        ("https://calendar.example.com:0/", "This is not the address of a calendar."),
        ("ftp://calendar.example.com/", "The address must begin with https://."),
        ("https://me:pass@calendar.example.com/", "An address with a user name or password in it is not supported."),
        ("https://calendar.example.com@127.0.0.1/", "An address with a user name or password in it is not supported."),
    ],
)
def test_a_malformed_url_is_refused(text: str, sentence: str, internet: Internet) -> None:
    assert refusal(text) == sentence
    assert internet.resolved == []


def test_http_is_allowed_in_development_only(server: CalendarServer, internet: Internet, settings: Settings) -> None:
    settings.DEBUG = False
    assert refusal(ADDRESS) == "The address must begin with https://."
    assert internet.resolved == []


@pytest.mark.parametrize("text", ["webcal://calendar.example.com/a.ics", "WebCal://calendar.example.com/a.ics"])
def test_webcal_means_https(text: str) -> None:
    assert fetching.checked_address(text) == "https://calendar.example.com/a.ics"


def test_an_unknown_name_is_reported(internet: Internet) -> None:
    assert refusal("http://nowhere.example/") == "The name of the calendar's server cannot be found."


@pytest.mark.parametrize("path", ["/a b", "/ü", "/%0d%0aX-Evil:1"])
def test_no_path_adds_a_header(path: str, server: CalendarServer) -> None:
    assert refusal(f"http://calendar.example.com{path}") == "There is no calendar at this address (404)."
    assert "X-Evil" not in server.asked[0][1]
