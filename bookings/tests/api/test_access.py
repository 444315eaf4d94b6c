"""Every role at every address with every method. A route without a row in `access_table.py` fails."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from bookings import services
from bookings.factories import make_booking, make_feedback
from bookings.models import Availability, Booking, TimeOff
from bookings.states import Status
from bookings.tests.access_table import BY_SIGNATURE, ID, METHODS, PEOPLE, ROWS
from bookings.tests.conftest import Api, at, nothing_changes
from bookings.tests.statements import at_most
from calendars.models import Kind, OtherCalendar
from conftest import NOW

# Who may what is no matter of the database; each endpoint's own tests run on both.
pytestmark = pytest.mark.once


def patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, Callable[..., Any]]]:
    for part in resolver.url_patterns:
        address = prefix + str(part.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(part, URLPattern):
            yield address, part.callback
        elif address.startswith("/api"):
            yield from patterns(part, address)


def routes() -> set[str]:
    """Every method of every view of the API, as the URLconf has them."""
    found = set()
    for address, view in patterns(get_resolver()):
        if address.startswith("/api/"):
            actions = getattr(view, "actions", None) or methods_of(view)
            found |= {f"{method.upper()} {address}" for method in actions if method.upper() in METHODS}
    return found


def methods_of(view: Any) -> list[str]:
    return [method for method in view.view_class.http_method_names if hasattr(view.view_class, method)]


def documentation(route: str) -> bool:
    """The API's description of itself, which is public and changes nothing; its pages are found without their slash."""
    return re.fullmatch(r"GET /api/(schema|docs|redoc)/.*|\w+ /api/(docs|redoc)", route) is not None


def hosted_by_its_teacher(student: User, teacher: User) -> Booking:
    """A confirmed booking with a meeting in the sandbox, under the teacher's own Zoom user."""
    teacher.profile.zoom_host = "maria@example.com"
    teacher.profile.save()
    booking = make_booking(student, teacher, start=at("15:00"))
    return services.confirm_booking(booking_id=booking.id, by=teacher, now=NOW)


class Things(dict[str, Any]):
    """What the addresses of ROWS name, made when it is asked for: most tests need one of them."""

    def __init__(self, makers: dict[str, Callable[[], Any]]) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, name: str) -> Any:
        self[name] = made = self._makers[name]()
        return made


@pytest.fixture
def things(pending: Booking, completed: Booking, maria: User, carl: User, bob: User) -> Things:
    alice = pending.student
    return Things(
        {
            "": lambda: User(id=uuid.UUID(int=0)),
            "maria": lambda: maria,
            "pending": lambda: pending,
            "begun": lambda: make_booking(alice, maria, start=NOW, status=Status.CONFIRMED),
            "started": lambda: hosted_by_its_teacher(alice, maria),
            "completed": lambda: completed,
            "feedback": lambda: make_feedback(
                make_booking(alice, maria, start=at("12:00", day=8), status=Status.COMPLETED)
            ),
            "hours": lambda: Availability.objects.get(teacher=maria),
            "elsewhere": lambda: OtherCalendar.objects.create(
                teacher=maria, kind=Kind.CALDAV, address="https://c.example/", created_at=NOW, due_at=NOW
            ),
            "absence": lambda: TimeOff.objects.create(teacher=maria, start_time=at("00:00"), end_time=at("01:00")),
        }
    )


def filled(route: str, things: Things) -> tuple[str, str]:
    """The method and the address of a row, with the id that it names."""
    method, address = route.split()
    return method, address.replace(ID, str(things[ROWS[route].on].pk))


def test_every_route_has_a_row() -> None:
    assert {route for route in routes() if not documentation(route)} == set(ROWS)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("route", ROWS)
def test_each_role_gets_its_status_at_each_route(
    route: str, who: str, things: Things, root: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    (method, address), row = filled(route, things), ROWS[route]
    client = api_for(None if who == "nobody" else request.getfixturevalue(who))
    body = row.body
    if address.endswith(("/slots/available/", "/schedule/")) or route == "POST /api/bookings/bookings/":
        body = row.body | {"teacher_id": str(things["maria"].id)}
    elif route == "POST /api/accounts/me/erase/" and who != "nobody":
        body = {"confirm": request.getfixturevalue(who).email}
    elif route == "POST /api/bookings/feedback/":
        body = row.body | {"booking_id": str(things["completed"].id)}
    expected = row.expected[PEOPLE.index(who)]
    with nothing_changes() if expected >= 400 else nullcontext():
        answer = getattr(client, method.lower())(address, body)
    assert answer.status_code == expected, answer.content
    if expected >= 400:
        assert {"error", "code"} == set(answer.json())


def may(route: str) -> str:
    """Somebody who may use the route, students first."""
    return next(who for who in ("alice", "maria") if ROWS[route].expected[PEOPLE.index(who)] < 300)


STRICT = sorted(set(ROWS) - BY_SIGNATURE)


@pytest.mark.parametrize("route", sorted({route.partition(" ")[2]: route for route in STRICT}.values()))
def test_options_are_told(route: str, things: Things, api_for: Api, request: pytest.FixtureRequest) -> None:
    (_, address), client = filled(route, things), api_for(request.getfixturevalue(may(route)))
    with nothing_changes():
        answer = client.options(address)
    assert (answer.status_code, answer.json()["parses"]) == (200, ["application/json"])


@pytest.mark.parametrize("route", STRICT)
def test_parameters_that_are_not_known_are_refused(
    route: str, things: Things, api_for: Api, request: pytest.FixtureRequest
) -> None:
    (method, address), client = filled(route, things), api_for(request.getfixturevalue(may(route)))
    with nothing_changes():
        answer = client.generic(method, f"{address}?surprise=1&page=1")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["details"]["surprise"] == ["There is no such parameter here."]


@pytest.mark.parametrize("route", [route for route in STRICT if route.startswith(("POST", "PUT", "PATCH"))])
def test_fields_that_are_not_known_are_refused(
    route: str, things: Things, api_for: Api, request: pytest.FixtureRequest
) -> None:
    (method, address), client = filled(route, things), api_for(request.getfixturevalue(may(route)))
    body = {"surprise": 1, "x" * 30_000: 1} | {f"y{number}": 1 for number in range(100)}
    with nothing_changes():
        answer = getattr(client, method.lower())(address, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["details"]["surprise"] == ["There is no such field here."]
    assert len(answer.content) < 3_000


@pytest.mark.parametrize("who", ["alice", "maria"])
@pytest.mark.parametrize("route", [route for route in ROWS if ID in route])
def test_an_unknown_id_is_404_and_changes_nothing(
    route: str, who: str, things: Things, api_for: Api, request: pytest.FixtureRequest
) -> None:
    method, address = route.split()
    client = api_for(request.getfixturevalue(who))
    with nothing_changes():
        answer = getattr(client, method.lower())(address.replace(ID, str(uuid.UUID(int=7))), ROWS[route].body)
    forbidden = ROWS[route].expected[PEOPLE.index(who)] == 403 and ROWS[route].on in ("hours", "absence", "elsewhere")
    assert (answer.status_code, set(answer.json())) == (403 if forbidden else 404, {"error", "code"})


@pytest.mark.parametrize("address", sorted({route.split()[1] for route in ROWS}))
def test_other_methods_are_405_with_the_allowed_ones(address: str, things: Things, maria: User, api_for: Api) -> None:
    client, known = api_for(maria), {route.split()[0] for route in ROWS if route.split()[1] == address}
    for method in (*METHODS, "TRACE"):
        if method in known:
            continue
        with nothing_changes():
            answer = client.generic(method, address.replace(ID, str(uuid.UUID(int=7))))
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), method
        assert known <= {word.strip() for word in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Basic YWxpY2U6eA=="])
@pytest.mark.parametrize("route", sorted(set(ROWS) - BY_SIGNATURE))
def test_a_missing_or_bad_token_is_401_and_creates_no_account(route: str, token: str, db: None, api_for: Api) -> None:
    method, address = route.split()
    client = api_for(None)
    client.credentials(HTTP_AUTHORIZATION=token)
    answer = client.generic(method, address.replace(ID, str(uuid.UUID(int=7))), "{", "application/json")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert set(answer.json()) == {"error", "code"}
    assert not User.objects.exists()


# The account and the filters of a list are among them.
MOST_STATEMENTS = 4


@pytest.mark.parametrize("who", ["alice", "maria", "root"])
@pytest.mark.parametrize("route", [route for route in ROWS if route.startswith("GET ")])
def test_no_read_needs_more_than_four_statements(
    route: str, who: str, things: Things, root: User, api_for: Api, request: pytest.FixtureRequest
) -> None:
    (_, address), row = filled(route, things), ROWS[route]
    client = api_for(request.getfixturevalue(who))
    body = row.body | {"teacher_id": str(things["maria"].id)} if row.body else None
    with at_most(MOST_STATEMENTS):
        client.get(address, body)
