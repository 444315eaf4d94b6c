"""accounts.permissions: what the role allows."""

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.models import User
from accounts.permissions import IsTeacher


@pytest.mark.parametrize(
    ("user", "is_teacher"),
    [
        (User(role="teacher"), True),
        (User(role="student"), False),
        (User(role="student", is_superuser=True), False),
        (AnonymousUser(), False),
    ],
)
def test_the_permission_admits_teachers_only(user: User | AnonymousUser, is_teacher: bool) -> None:
    request = Request(APIRequestFactory().get("/"))
    request.user = user
    assert IsTeacher().has_permission(request, APIView()) is is_teacher


def test_the_refusal_is_a_sentence() -> None:
    assert str(IsTeacher.message) == "Only teachers can do this"
