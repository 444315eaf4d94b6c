"""backoffice.middleware: sessions of the admin only, and the admin in the reader's zone."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.factories import make_teacher
from accounts.models import User
from backoffice.middleware import ReaderMiddleware


def zone_of(path: str, user: User | AnonymousUser) -> str:
    """The zone in force while the request is answered."""

    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(timezone.get_current_timezone_name())

    request = RequestFactory().get(path)
    request.user = user
    response = ReaderMiddleware(answer)(request)
    assert isinstance(response, HttpResponse)
    assert timezone.get_current_timezone_name() == "UTC"
    return response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "zone"),
    [("/admin/", "Europe/Madrid"), ("/admin/bookings/booking/", "Europe/Madrid"), ("/api/accounts/me/", "UTC")],
)
def test_only_the_admin_uses_the_readers_time_zone(path: str, zone: str) -> None:
    assert zone_of(path, make_teacher(timezone="Europe/Madrid")) == zone


def test_the_sign_in_page_uses_utc() -> None:
    assert zone_of("/admin/login/", AnonymousUser()) == "UTC"


def test_the_next_request_is_in_utc_even_after_a_failure() -> None:
    def fail(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    request = RequestFactory().get("/admin/")
    request.user = User(timezone="Europe/Madrid")
    with pytest.raises(RuntimeError):
        ReaderMiddleware(fail)(request)
    assert timezone.get_current_timezone_name() == "UTC"


# --- Sessions ---


@pytest.mark.django_db
def test_the_admin_knows_its_reader_by_the_session(client: Client) -> None:
    teacher = make_teacher()
    client.force_login(teacher, backend="accounts.backends.SupabaseBackend")
    response = client.get("/admin/")
    assert response.wsgi_request.user == teacher


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/accounts/me/", "/api/bookings/bookings/", "/api/docs/", "/api/nothing/"])
def test_the_api_does_not_look_at_a_session(
    path: str, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(make_teacher(), backend="accounts.backends.SupabaseBackend")
    with django_assert_num_queries(0):
        response = client.get(path)
    assert not hasattr(response.wsgi_request, "session")
    assert "Cookie" not in response.headers.get("Vary", "")
