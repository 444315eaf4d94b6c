"""Conditional GET: who has an answer already is told so, and no cache mixes people up."""

from typing import Any

import pytest
from django.test import Client

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from accounts.models import User

TEACHERS, ME = "/api/accounts/teachers/", "/api/accounts/me/"


def get(path: str, user: User, **headers: str) -> Any:
    token = mint(user_id=user.id, email=user.email)
    return Client().get(path, headers={"Authorization": f"Bearer {token}"} | headers)


@pytest.fixture
def alice(db: None) -> User:
    return make_student(first_name="Alice")


def test_responses_are_private_and_must_be_revalidated(alice: User) -> None:
    answer = get(TEACHERS, alice)
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]
    assert answer["ETag"]


def test_a_caller_with_the_current_response_gets_304(alice: User) -> None:
    first = get(TEACHERS, alice)
    again = get(TEACHERS, alice, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    # Headers that a 304 must repeat (RFC 9110, 15.4.5).
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again[name] == first[name]


def test_a_weak_etag_of_a_compressing_proxy_matches(alice: User) -> None:
    assert get(TEACHERS, alice, **{"If-None-Match": f"W/{get(TEACHERS, alice)['ETag']}"}).status_code == 304


def test_a_changed_response_is_sent_again(alice: User) -> None:
    tag = get(TEACHERS, alice)["ETag"]
    make_teacher(first_name="Nora")
    answer = get(TEACHERS, alice, **{"If-None-Match": tag})
    assert (answer.status_code, answer.json()["results"][0]["first_name"]) == (200, "Nora")
    assert answer["ETag"] != tag


def test_an_etag_of_one_person_matches_no_response_of_another(alice: User) -> None:
    bob = make_student(first_name="Bob")
    answer = get(ME, bob, **{"If-None-Match": get(ME, alice)["ETag"]})
    assert (answer.status_code, answer.json()["first_name"]) == (200, "Bob")


def test_a_known_etag_does_not_replace_a_token(alice: User) -> None:
    tag = get(TEACHERS, alice)["ETag"]
    answer = Client().get(TEACHERS, headers={"If-None-Match": tag})
    assert answer.status_code == 401
    assert Client().get(TEACHERS, headers={"If-None-Match": "*"}).status_code == 401


@pytest.mark.parametrize("path", [TEACHERS, "/api/nothing/here/"], ids=["401", "404"])
def test_a_refusal_has_no_etag_and_is_not_stored(path: str) -> None:
    answer = Client().get(path)
    assert "ETag" not in answer.headers
    assert (answer["Cache-Control"], answer["Vary"]) == ("private, no-cache", "Authorization, Accept-Language, origin")


def test_a_write_is_never_conditional(alice: User) -> None:
    token = mint(user_id=alice.id, email=alice.email)
    headers = {"Authorization": f"Bearer {token}", "If-None-Match": get(ME, alice)["ETag"]}
    answer = Client().patch(ME, {"first_name": "Alicia"}, "application/json", headers=headers)
    assert (answer.status_code, "ETag" in answer.headers) == (200, False)
    alice.refresh_from_db()
    assert alice.first_name == "Alicia"


@pytest.mark.parametrize("path", ["/healthz", "/admin/login/"])
def test_pages_outside_the_api_are_unchanged(path: str, db: None) -> None:
    answer = Client().get(path)
    assert "ETag" not in answer.headers
    assert "Authorization" not in answer.headers.get("Vary", "")
    assert answer.headers.get("Cache-Control") != "private, no-cache"
