"""calendars.caldav: no account leads inside our own network, and no server gets more than its due."""

import base64
import time

import pytest

from bookings.scheduling.slots import Span
from calendars import caldav, fetching
from calendars.fetching import FetchError, Login, WrongPasswordError
from calendars.tests.calendar_server import CalendarServer
from calendars.tests.parts import ics
from conftest import NOW
from testing.dripping import dripping
from testing.internet import PUBLIC, Internet

pytestmark = pytest.mark.usefixtures("http_allowed")

ADDRESS = "http://calendar.example.com/dav/"
LOGIN = Login("calendar.example.com", "maría", "paß-word")
AUTHORISATION = f"Basic {base64.b64encode('maría:paß-word'.encode()).decode()}"
PRIVATE = "The address leads into a private network."
OTHER_HOST = "The calendar's server refers to another host; enter the address of that one."
NO_CALDAV = "The calendar's server answers with something other than CalDAV."
NO_ACCOUNT = "There is no CalDAV account at this address."
EVENT = "DTSTART:20250115T120000Z\nDTEND:20250115T130000Z"
CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


def multistatus(*responses: tuple[str, str]) -> bytes:
    """A response of a URL and its properties each."""
    told = "".join(
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
        for href, properties in responses
    )
    return f"<?xml version='1.0'?><d:multistatus {caldav.NAMESPACES}>{told}</d:multistatus>".encode()


def leads_to(home: str) -> bytes:
    return multistatus(("/dav/", f"<c:calendar-home-set><d:href>{home}</d:href></c:calendar-home-set>"))


def account(server: CalendarServer, *calendars: tuple[str, str]) -> None:
    """An account whose calendars have these properties; each has the same event."""
    server.tell("/dav/", leads_to("/home/"), 207)
    server.tell("/home/", multistatus(*calendars), 207)
    for path, _ in calendars:
        server.tell(
            path, multistatus((f"{path}1.ics", f"<c:calendar-data>{ics(EVENT).decode()}</c:calendar-data>")), 207
        )


def fetch(address: str = ADDRESS) -> list[bytes] | None:
    return caldav.fetch(address, LOGIN, within=Span(NOW, NOW)).objects


def refusal(address: str = ADDRESS) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(address)
    return caught.value.sentence


def paths(server: CalendarServer) -> list[str]:
    return [path for path, _ in server.asked]


def test_calendars_that_block_are_read_with_the_password(server: CalendarServer) -> None:
    transparent = "<c:schedule-calendar-transp><c:transparent/></c:schedule-calendar-transp>"
    opaque = "<c:schedule-calendar-transp><c:opaque/></c:schedule-calendar-transp>"
    tasks = '<c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set>'
    account(
        server,
        ("/work/", CALENDAR),
        ("/free/", CALENDAR + transparent),
        ("/home/busy/", CALENDAR + opaque),
        ("/tasks/", CALENDAR + tasks),
        ("/inbox/", "<d:resourcetype><d:collection/><c:schedule-inbox/></d:resourcetype>"),
    )
    found = fetch()
    assert found is not None
    assert len(found) == 2
    assert paths(server) == ["/dav/", "/home/", "/work/", "/home/busy/"]
    assert {headers["Authorization"] for _, headers in server.asked} == {AUTHORISATION}


def test_properties_that_the_server_does_not_know_count_for_nothing(server: CalendarServer) -> None:
    unknown = multistatus(("/dav/", CALENDAR)).replace(b"200 OK", b"404 Not Found")
    server.tell("/dav/", unknown, 207)
    assert refusal() == NO_ACCOUNT


def test_a_broken_object_hides_no_other(server: CalendarServer) -> None:
    account(server, ("/work/", CALENDAR))
    junk = ("/work/2.ics", "<c:calendar-data>junk</c:calendar-data>")
    good = ("/work/1.ics", f"<c:calendar-data>{ics(EVENT).decode()}</c:calendar-data>")
    server.tell("/work/", multistatus(good, junk), 207)
    found = caldav.fetch(ADDRESS, LOGIN, within=Span(NOW, NOW))
    assert found.objects is not None
    assert b"junk" in found.objects


# --- Who gets the password ---


@pytest.mark.parametrize("host", ["evil.example.org", "example.com", "example.com.evil.org", "notexample.com"])
def test_another_host_does_not_get_the_password(host: str, server: CalendarServer, internet: Internet) -> None:
    internet.names[host] = [[PUBLIC]]
    server.tell("/dav/", leads_to(f"http://{host}/home/"), 207)
    assert refusal() == OTHER_HOST
    server.tell("/dav/", status=302, Location=f"http://{host}/")
    assert refusal() == OTHER_HOST
    assert set(internet.resolved) == {"calendar.example.com"}


@pytest.mark.parametrize(
    ("named", "other", "gets_it"),
    [
        ("dav.example.com", "dav.example.com", True),
        ("dav.example.com", "p34-dav.example.com", True),
        ("dav.example.com", "a.b.example.com", True),
        ("example.com", "dav.example.com", False),
        ("example.com", "example.org", False),
        ("93.184.215.14", "93.184.215.14", True),
        ("93.184.215.14", "10.184.215.14", False),
        ("localhost", "localhost.example.com", False),
    ],
)
def test_which_hosts_get_the_password(named: str, other: str, gets_it: bool) -> None:
    login = Login(named, "maria", "password")
    if gets_it:
        assert login.header(f"https://{other}/")["Authorization"].startswith("Basic ")
        return
    with pytest.raises(FetchError):
        login.header(f"https://{other}/")


def test_a_sibling_host_gets_the_password(server: CalendarServer, internet: Internet) -> None:
    """iCloud names p34-caldav.icloud.com."""
    account(server, ("/work/", CALENDAR))
    internet.names["p34-calendar.example.com"] = [[PUBLIC]]
    server.tell("/dav/", leads_to("http://p34-calendar.example.com/home/"), 207)
    assert fetch() is not None
    assert server.asked[1][1]["Host"] == "p34-calendar.example.com"
    assert server.asked[1][1]["Authorization"] == AUTHORISATION


# --- No way inside ---


@pytest.mark.parametrize(
    "inside", ["http://169.254.169.254/latest/", "http://127.0.0.1/", "//[::1]/", "http://2130706433/"]
)
def test_a_redirect_to_a_private_address_is_not_followed(
    inside: str, server: CalendarServer, internet: Internet
) -> None:
    server.tell("/dav/", status=302, Location=inside)
    assert refusal() == OTHER_HOST
    assert internet.connected == [(PUBLIC, 80)]


def test_a_sibling_host_with_a_private_address_is_not_contacted(server: CalendarServer, internet: Internet) -> None:
    internet.names["inner.example.com"] = [["169.254.169.254"]]
    server.tell("/dav/", status=302, Location="http://inner.example.com/")
    assert refusal() == PRIVATE
    server.tell("/dav/", leads_to("http://inner.example.com/"), 207)
    assert refusal() == PRIVATE
    assert internet.connected == [(PUBLIC, 80)] * 2


def test_a_name_that_becomes_private_between_two_requests_is_refused(
    server: CalendarServer, internet: Internet
) -> None:
    internet.names["calendar.example.com"] = [[PUBLIC], ["10.0.0.1"]]
    account(server, ("/work/", CALENDAR))
    assert refusal() == PRIVATE
    assert paths(server) == ["/dav/"]


# --- What comes back ---


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "The calendar's server refuses the user name or the password."),
        (404, NO_ACCOUNT),
        (405, NO_ACCOUNT),
        (200, NO_ACCOUNT),
        (500, "The calendar's server answers with an error (500)."),
        (503, "The calendar's server answers with an error (503)."),
    ],
)
def test_an_unexpected_response_is_reported_as_a_sentence(status: int, sentence: str, server: CalendarServer) -> None:
    server.tell("/dav/", b"<p>Sign in", status)
    assert refusal() == sentence


@pytest.mark.parametrize("path", ["/home/", "/work/"])
@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (403, "The calendar's server does not let us in (403)."),
        (500, "The calendar's server answers with an error (500)."),
    ],
)
def test_a_failure_of_a_later_request_is_reported_too(
    path: str, status: int, sentence: str, server: CalendarServer
) -> None:
    account(server, ("/work/", CALENDAR))
    server.tell(path, b"", status)
    assert refusal() == sentence


def test_only_401_is_a_wrong_password(server: CalendarServer) -> None:
    account(server, ("/work/", CALENDAR))
    server.tell("/work/", status=401)
    with pytest.raises(WrongPasswordError):
        fetch()
    server.tell("/work/", status=403)
    with pytest.raises(FetchError) as caught:
        fetch()
    assert not isinstance(caught.value, WrongPasswordError)


LAUGHS = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><d:multistatus xmlns:d="DAV:">&b;</d:multistatus>'
SECRETS = b'<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d:multistatus xmlns:d="DAV:">&f;</d:multistatus>'


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html><p>Sign in", b"{}", b"\xff\xfe\x00", LAUGHS, SECRETS),
        *(b"<?xml version='1.0' encoding='x'?><a/>", b"<?xml version='1.0' encoding='big5'?><a/>"),
    ],
)
def test_a_body_that_is_not_plain_xml_is_refused(body: bytes, server: CalendarServer) -> None:
    server.tell("/dav/", body, 207)
    assert refusal() == NO_CALDAV


@pytest.mark.parametrize("href", ["http://[::1", "https://", "file:///etc/passwd", "ftp://calendar.example.com/"])
def test_a_malformed_link_is_reported(href: str, server: CalendarServer, internet: Internet) -> None:
    server.tell("/dav/", leads_to(href), 207)
    assert refusal()
    assert paths(server) == ["/dav/"]


def test_an_account_without_calendars_is_reported(server: CalendarServer) -> None:
    server.tell("/dav/", leads_to("/home/"), 207)
    server.tell("/home/", multistatus(("/home/", "<d:resourcetype><d:collection/></d:resourcetype>")), 207)
    assert refusal() == "The account has no calendars."
    principal = "<d:current-user-principal><d:href>/me/</d:href></d:current-user-principal>"
    server.tell("/dav/", multistatus(("/dav/", principal)), 207)
    server.tell("/me/", multistatus(("/me/", "")), 207)
    assert refusal() == "The account has no calendars."


def test_all_requests_share_one_size_limit(server: CalendarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    account(server, ("/work/", CALENDAR), ("/play/", CALENDAR))
    fetch()
    largest = max(len(body) for _, _, body in server.answers.values())
    monkeypatch.setattr(fetching, "MOST_BYTES", largest + 100)
    assert refusal() == "The calendar is larger than 5 MB."


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 207 Multi-Status\r\n\r\n", b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 100000\r\n\r\n"],
    ids=["silence", "body", "length"],
)
def test_a_hanging_or_slow_server_is_aborted_at_the_deadline(
    start: bytes, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    with dripping(start, b"a") as drops:
        internet.put("calendar.example.com", drops.address)
        began = time.monotonic()
        assert refusal() == "The calendar's server takes longer than 20 seconds."
        assert time.monotonic() - began < 5


def test_no_sentence_and_no_repr_contains_the_password(server: CalendarServer) -> None:
    assert "paß-word" not in repr(LOGIN)
    for status in (207, 302, 401, 500):
        server.tell("/dav/", b"pa\xc3\x9f-word", status, Location="http://secret.example/secret")
        assert "paß-word" not in refusal()
