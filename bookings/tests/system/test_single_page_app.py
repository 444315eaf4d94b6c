"""A page of another origin in a real browser, against the running server: all that a single-page app does."""

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings.factories import make_booking, make_hours
from bookings.models import Booking, BookingChange, IdempotencyKey
from notifications.models import Message
from testing.browser import Browser, served
from testing.site import site

pytestmark = pytest.mark.production

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Headers = dict[str, str]

PAGE = settings.BASE_DIR / "testing" / "spa"


class Running(NamedTuple):
    """The API, the page that it names as its friend, and the same page served from elsewhere."""

    api: str
    page: str
    foreign_page: str


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("single-page-app")
    with (
        django_db_blocker.unblock(),
        site(folder) as here,
        served(PAGE) as origin,
        served(PAGE) as foreign,
        here.web(CORS_ALLOWED_ORIGINS=origin) as server,
    ):
        api = f"http://127.0.0.1:{server.port}"
        yield Running(api, f"{origin}/index.html?api={api}", f"{foreign}/index.html?api={api}")


@pytest.fixture(autouse=True)
def nobody_booked(running: Running) -> None:
    Message.objects.all().delete()
    BookingChange.objects.all().delete()
    Booking.objects.all().delete()
    User.objects.all().delete()


# The clock of the server and of the browser is the real one.
DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=7)


@pytest.fixture
def maria() -> User:
    teacher = make_teacher(first_name="Maria", last_name="Garcia")
    make_hours(teacher, day_of_week=DAY.weekday(), start="09:00", end="12:00")
    return teacher


@pytest.fixture
def alice() -> User:
    return make_student(first_name="Alice")


def nine(hour: int = 9) -> dt.datetime:
    return dt.datetime.combine(DAY, dt.time(hour), dt.UTC)


def sign_in(page: "Page", token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


def token_of(user: User) -> str:
    return mint(user_id=user.id, email=user.email)


def choose_day(page: "Page") -> None:
    page.get_by_role("button", name="Maria Garcia").click()
    page.get_by_label("Day").fill(DAY.isoformat())


def times(page: "Page", *, free: bool) -> list[str]:
    """The times on the page that can be chosen, or those that cannot."""
    page.locator("#slots button").first.wait_for()
    return page.locator(f"#slots button:{'enabled' if free else 'disabled'}").all_inner_texts()


def alert(page: "Page") -> str:
    page.locator("[role=alert]:not(:empty)").wait_for()
    return page.get_by_role("alert").inner_text()


def test_a_student_signs_in_chooses_a_teacher_a_day_and_a_time_and_books(
    browser: Browser, running: Running, alice: User, maria: User
) -> None:
    token = token_of(alice)

    def book(page: "Page") -> tuple[list[str], list[str], str, str | None]:
        sign_in(page, token)
        choose_day(page)
        before = times(page, free=True)
        with page.expect_request(lambda request: request.method == "POST") as sent:
            page.get_by_role("button", name="10:00").click()
        page.locator("#slots button:disabled").first.wait_for()
        after, mine = times(page, free=True), page.locator("#bookings li").inner_text()
        return before, after, mine, sent.value.header_value("idempotency-key")

    before, after, mine, key = browser.visit(running.page, book, timezone_id="UTC", locale="en-GB")
    assert before == ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert after == ["09:00", "11:00"]
    assert mine == f"{DAY:%d/%m/%Y}, 10:00:00 with Maria Garcia: PENDING"
    booking = Booking.objects.get()
    assert (booking.student, booking.teacher, booking.start_time) == (alice, maria, nine(10))
    assert IdempotencyKey.objects.get().key == key


def test_all_times_are_those_of_the_students_zone(browser: Browser, running: Running, alice: User, maria: User) -> None:
    token, start = token_of(alice), nine().astimezone(ZoneInfo("Asia/Tokyo"))

    def book(page: "Page") -> tuple[str, list[str], str]:
        sign_in(page, token)
        choose_day(page)
        told, free = page.locator("#zone").inner_text(), times(page, free=True)
        page.get_by_role("button", name=f"{start:%H:%M}").click()
        page.locator("#slots button:disabled").first.wait_for()
        return told, free, page.locator("#bookings li").inner_text()

    zone, free, mine = browser.visit(running.page, book, timezone_id="Asia/Tokyo", locale="en-GB")
    assert zone == "Asia/Tokyo"
    assert free == ["18:00", "18:30", "19:00", "19:30", "20:00"]
    assert mine == f"{start:%d/%m/%Y, %H:%M:%S} with Maria Garcia: PENDING"
    assert Booking.objects.get().start_time == nine()


def test_the_same_click_after_a_broken_connection_books_nothing_twice(
    browser: Browser, running: Running, alice: User, maria: User
) -> None:
    token, sent = token_of(alice), list[str | None]()

    def lose_the_first_answer(route: "Route") -> None:
        sent.append(route.request.header_value("idempotency-key"))
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    def book(page: "Page") -> tuple[str, str]:
        sign_in(page, token)
        choose_day(page)
        page.route("**/api/bookings/bookings/", lose_the_first_answer)
        page.get_by_role("button", name="09:00").click()
        told = alert(page)
        page.get_by_role("button", name="09:00").click()
        page.locator("#bookings li").wait_for()
        return told, page.get_by_role("alert").inner_text()

    assert browser.visit(running.page, book, timezone_id="UTC") == ("The booking service cannot be reached.", "")
    assert len(sent) == 2
    assert sent[0] == sent[1] == IdempotencyKey.objects.get().key
    assert Booking.objects.get().start_time == nine()


def test_it_says_why_the_other_times_are_not_offered(
    browser: Browser, running: Running, alice: User, maria: User
) -> None:
    make_booking(make_student(), maria, start=nine())
    token = token_of(alice)

    def look(page: "Page") -> tuple[list[str], str | None]:
        sign_in(page, token)
        choose_day(page)
        return times(page, free=False), page.get_by_role("button", name="09:00").get_attribute("title")

    assert browser.visit(running.page, look) == (["09:00", "09:30"], "The teacher has another session then.")


def test_a_student_reads_the_apis_sentence_when_somebody_was_faster(
    browser: Browser, running: Running, alice: User, maria: User
) -> None:
    token = token_of(alice)
    bobs = token_of(make_student(first_name="Bob"))
    wish = {"teacher_id": str(maria.id), "start_time": nine().isoformat(), "duration": 60}

    def be_late(page: "Page") -> str:
        sign_in(page, token)
        choose_day(page)
        assert "09:00" in times(page, free=True)
        page.request.post(
            f"{running.api}/api/bookings/bookings/", data=wish, headers={"Authorization": f"Bearer {bobs}"}
        )
        page.get_by_role("button", name="09:00").click()
        return alert(page)

    assert browser.visit(running.page, be_late) == "Time slot is not available"
    assert [booking.student.first_name for booking in Booking.objects.all()] == ["Bob"]


def test_a_bad_token_is_reported_to_the_student(browser: Browser, running: Running) -> None:
    def try_to_sign_in(page: "Page") -> tuple[str, int, bool]:
        with page.expect_response("**/api/accounts/teachers/") as told:
            sign_in(page, "not-a-token")
        return alert(page), told.value.status, page.locator("#signed-in").is_visible()

    sentence, status, is_signed_in = browser.visit(running.page, try_to_sign_in)
    assert (sentence, status, is_signed_in) == ("The token is invalid or has expired.", 401, False)


def test_an_unchanged_response_is_not_sent_again(browser: Browser, running: Running, alice: User) -> None:
    token = token_of(alice)

    def sign_in_twice(page: "Page") -> list[tuple[Headers, Headers, Any]]:
        answers = []
        for _ in range(2):
            with page.expect_response("**/api/accounts/teachers/") as told:
                sign_in(page, token)
            answers.append(told.value)
        return [(answer.request.all_headers(), answer.all_headers(), answer.json()) for answer in answers]

    [(_, first, body), (asked, again, same)] = browser.visit(running.page, sign_in_twice)
    assert asked["if-none-match"] == first["etag"] == again["etag"]
    # The page sees a 200 with the body that the browser kept; over the wire came a 304 without one.
    assert ("content-length" in first, "content-length" in again) == (True, False)
    assert same == body


# Books by itself what the page would book, and tells the status, or that the browser let no answer through.
BOOK = """async ([api, token, wish]) => {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(wish) };
  try {
    return (await fetch(`${api}/api/bookings/bookings/`, request)).status;
  } catch (error) {
    return error.name;
  }
}"""


@pytest.mark.parametrize(("is_named", "told", "booked"), [(True, 201, 1), (False, "TypeError", 0)])
def test_only_a_page_that_is_named_can_book_with_a_token(
    is_named: bool, told: int | str, booked: int, browser: Browser, running: Running, alice: User, maria: User
) -> None:
    wish = {"teacher_id": str(maria.id), "start_time": nine().isoformat(), "duration": 60}
    sent = [running.api, token_of(alice), wish]
    address = running.page if is_named else running.foreign_page
    assert browser.visit(address, lambda page: page.evaluate(BOOK, sent)) == told
    assert Booking.objects.count() == booked


def test_a_page_of_another_origin_reads_nothing(browser: Browser, running: Running, alice: User, maria: User) -> None:
    token = token_of(alice)

    def try_to_sign_in(page: "Page") -> tuple[str, bool]:
        sign_in(page, token)
        return alert(page), page.locator("#signed-in").is_visible()

    assert browser.visit(running.foreign_page, try_to_sign_in) == ("The booking service cannot be reached.", False)
