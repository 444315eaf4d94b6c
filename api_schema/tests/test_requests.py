"""api_schema.requests: query parameters, parsed and validated once."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from api_schema import requests
from api_schema.requests import LONGEST_KEPT_QUERY, StrictView


class Wish(serializers.Serializer[Any]):
    """Query parameters of the view below."""

    name = serializers.CharField()
    number = serializers.IntegerField(default=1)


class Repeats(StrictView):
    """Returns how DRF reads the query, and what was asked for."""

    authentication_classes, permission_classes, throttle_classes = [], [], []
    queries = {"get": Wish}

    def get(self, request: Request) -> Response:
        return Response([request.query_params, dict(self.asked())])


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    requests._parsed.cache_clear()
    yield
    requests._parsed.cache_clear()


def answer(query: str) -> Any:
    request = APIRequestFactory().get("/", QUERY_STRING=query)
    return Repeats.as_view()(request).data


def kept() -> tuple[int, int]:
    """How often a query was found in memory, and how often parsed to be kept."""
    return requests._parsed.cache_info()[:2]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("name=Ana&number=1", "Ana"),
        ("name=Ana+Mar%C3%ADa", "Ana María"),
        ("name=Mar\xc3\xada", "María"),  # as WSGI decodes bytes that are not ASCII
        ("name=%FF", "�"),
        ("name=a%26b%3Dc&", "a&b=c"),
        ("&&name=;", ";"),
        (f"name={'a' * LONGEST_KEPT_QUERY}", "a" * LONGEST_KEPT_QUERY),
    ],
)
def test_parameters_are_what_django_reads(query: str, name: str) -> None:
    sent, asked = answer(query)
    assert sent == APIRequestFactory().get("/", QUERY_STRING=query).GET
    assert asked == {"name": name, "number": 1}


def test_a_query_is_parsed_once() -> None:
    assert answer("name=Ana") == answer("name=Ana")
    assert kept()[1] == 1
    assert answer("name=Eva")[1]["name"] == "Eva"
    assert kept()[1] == 2


def test_a_long_query_is_not_kept() -> None:
    answer(f"name={'a' * LONGEST_KEPT_QUERY}")
    assert kept() == (0, 0)


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("surprise=1", {"surprise": ["There is no such parameter here."]}),
        ("name=Ana&name=Eva", {"name": ["Send this once."]}),
        ("number=1", {"name": ["This field is required."]}),
    ],
)
def test_a_query_is_refused_each_time(query: str, errors: dict[str, list[str]]) -> None:
    assert [answer(query)["details"] for _ in range(2)] == [errors, errors]


def test_nobody_can_change_what_is_kept() -> None:
    sent, asked = answer("name=Ana")
    with pytest.raises(AttributeError):
        sent["name"] = "Eva"
    asked["name"] = "Eva"
    assert answer("name=Ana")[1]["name"] == "Ana"
