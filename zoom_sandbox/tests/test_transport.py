"""The adapter and the middleware: a request inside a request, and the address that links get."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.core.signals import request_finished, request_started
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from pytest_django import Settings

from zoom_sandbox.middleware import AddressMiddleware, current_address
from zoom_sandbox.transport import InProcessAdapter

SITE = "http://sandbox.localhost"
seen: dict[str, Any] = {}


def echo(request: HttpRequest, name: str) -> HttpResponse:
    seen.update(
        name=name,
        method=request.method,
        query=request.GET.dict(),
        body=request.body,
        form=request.POST.dict(),
        header=request.headers.get("X-Test"),
        thread=threading.get_ident(),
        connection=id(connection.connection),
    )
    return HttpResponse("héllo", status=201, headers={"X-Answer": "yes"})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault of the sandbox")


urlpatterns = [path("echo/<str:name>", echo), path("broken", broken)]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    seen.clear()
    with requests.Session() as session:
        session.mount(f"{SITE}/", InProcessAdapter())
        yield session


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_the_view_answers_in_the_same_thread_and_on_the_same_connection(session: requests.Session) -> None:
    connection.ensure_connection()
    answer = session.post(f"{SITE}/echo/a%40b%C3%A9?q=1%262", data={"k": "v é"}, headers={"X-Test": "t"}, timeout=1)
    assert (answer.status_code, answer.text, answer.headers["X-Answer"]) == (201, "héllo", "yes")
    assert seen == {
        "name": "a@bé",
        "method": "POST",
        "query": {"q": "1&2"},
        "body": b"k=v+%C3%A9",
        "form": {"k": "v é"},
        "header": "t",
        "thread": threading.get_ident(),
        "connection": id(connection.connection),
    }


@pytest.mark.urls(__name__)
def test_no_request_signal_is_sent(session: requests.Session) -> None:
    heard = []

    def hear(**kwargs: object) -> None:
        heard.append(kwargs)

    request_started.connect(hear)
    request_finished.connect(hear)
    try:
        session.get(f"{SITE}/echo/a", timeout=1)
    finally:
        request_started.disconnect(hear)
        request_finished.disconnect(hear)
    assert seen["method"] == "GET"
    assert heard == []


@pytest.mark.urls(__name__)
def test_an_unknown_path_is_not_found(session: requests.Session) -> None:
    assert session.get(f"{SITE}/nowhere", timeout=1).status_code == 404


@pytest.mark.urls(__name__)
def test_an_error_of_the_sandbox_is_raised(session: requests.Session) -> None:
    with pytest.raises(RuntimeError, match="fault"):
        session.get(f"{SITE}/broken", timeout=1)


def test_outside_of_requests_the_address_is_the_public_url(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9000"
    assert current_address() == "http://127.0.0.1:9000"


def test_the_address_is_that_of_the_request_for_as_long_as_it_lasts() -> None:
    during = []

    def view(request: HttpRequest) -> HttpResponse:
        during.append(current_address())
        if request.path == "/inner":
            raise RuntimeError("fault")
        return HttpResponse()

    middleware = AddressMiddleware(view)
    assert current_address() == "http://127.0.0.1:8000"
    middleware(RequestFactory().get("/", headers={"Host": "localhost:8123"}))
    with pytest.raises(RuntimeError):
        middleware(RequestFactory().get("/inner", secure=True))
    assert during == ["http://localhost:8123", "https://testserver"]
    assert current_address() == "http://127.0.0.1:8000"
