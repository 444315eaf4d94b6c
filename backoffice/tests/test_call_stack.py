"""backoffice.call_stack: the calls of a page map no memory again and again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from backoffice.call_stack import with_one_stack
from backoffice.middleware import CallStackMiddleware
from testing.deep_calls import TIMES, faults_of_deep_calls


def faults_of_page(path: str) -> int:
    """How often a page with deep calls touches new memory, in a thread of its own, as the server's."""

    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{faults_of_deep_calls()}")

    with ThreadPoolExecutor(1) as pool:
        response = pool.submit(CallStackMiddleware(page), RequestFactory().get(path)).result()
    assert isinstance(response, HttpResponse)
    return int(response.content)


def test_frames_of_a_page_of_the_admin_are_mapped_once() -> None:
    assert faults_of_page("/admin/bookings/booking/") < TIMES


def test_arguments_results_and_exceptions_pass() -> None:
    assert with_one_stack(divmod)(7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        with_one_stack(divmod)(7, 0)
