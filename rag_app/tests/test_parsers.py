"""rag_app.http.parsers: one JSON object in UTF-8, and a sentence for everything else."""

import io
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.exceptions import ParseError

from rag_app.http.parsers import StrictJSONParser

NOT_JSON = "The body is not valid JSON."
NO_OBJECT = "The body must be a JSON object."
BROKEN = "The body holds a broken character; send JSON in UTF-8."
DEEP = "The body is nested too deeply."


def parse(body: bytes) -> dict[str, Any]:
    return StrictJSONParser().parse(io.BytesIO(body))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{}", {}),
        (b' \r\n\t{ "a" : 1 } \n', {"a": 1}),
        ('{"a": "ñ€😀"}'.encode(), {"a": "ñ€😀"}),
        (b'{"a": "\\u00f1\\ud83d\\ude00"}', {"a": "ñ😀"}),
        (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": {"b": [1, null, true, 1.5, "c"]}}', {"a": {"b": [1, None, True, 1.5, "c"]}}),
        (b'{"": 0}', {"": 0}),
    ],
)
def test_it_reads_an_object(body: bytes, expected: dict[str, Any]) -> None:
    assert parse(body) == expected


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", NOT_JSON),
        (b" ", NOT_JSON),
        (b"{", NOT_JSON),
        (b'{"a": 1,}', NOT_JSON),
        (b"{'a': 1}", NOT_JSON),
        (b'{"a": 01}', NOT_JSON),
        (b'{"a": "\n"}', NOT_JSON),
        (b'{"a": 1} {"b": 2}', NOT_JSON),
        (b'{"a": ' + b"9" * 5000 + b"}", NOT_JSON),
        (b"\xef\xbb\xbf{}", NOT_JSON),
        (b"[]", NO_OBJECT),
        (b'"a"', NO_OBJECT),
        (b"1", NO_OBJECT),
        (b"true", NO_OBJECT),
        (b"null", NO_OBJECT),
        (b'{"a": NaN}', "The body holds NaN, which is not JSON."),
        (b'{"a": Infinity}', "The body holds Infinity, which is not JSON."),
        (b'{"a": [-Infinity]}', "The body holds -Infinity, which is not JSON."),
        (b'{"a": "\xff"}', BROKEN),
        (b'{"a": "\xed\xa0\x80"}', BROKEN),
        ("{}".encode("utf-16"), BROKEN),
        (b'{"a": "\\ud800"}', BROKEN),
        (b'{"a": "\\uDFFF\\uD800"}', BROKEN),
        (b'{"\\ud800": 1}', BROKEN),
        (b'{"a": [{"b": "\\udfff"}]}', BROKEN),
        (b'{"a":' + b"[" * 100_000, DEEP),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, DEEP),
    ],
)
def test_it_refuses_other_bodies(body: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(body)
    assert str(caught.value.detail) == sentence


def test_it_accepts_bodies_up_to_the_limit(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048
    just = b'{"a": "' + b"x" * (2048 - 9) + b'"}'
    assert len(just) == 2048
    assert len(parse(just)["a"]) == 2039
    with pytest.raises(ParseError) as caught:
        parse(just + b" ")
    assert str(caught.value.detail) == "The body is larger than 2 KiB."


def test_it_reads_no_more_than_it_may(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    stream = io.BytesIO(b" " * 1_000_000)
    with pytest.raises(ParseError):
        StrictJSONParser().parse(stream)
    assert stream.tell() == 1025


def test_a_huge_number_is_left_to_the_fields() -> None:
    assert parse(b'{"a": 1e999}') == {"a": float("inf")}
