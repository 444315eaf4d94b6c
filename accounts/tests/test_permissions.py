"""accounts.permissions: what the role allows."""

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.models import User
from accounts.permissions import IsStudent, IsTeacher


@pytest.mark.parametrize(
    ("user", "teacher", "student"),
    [
        (User(role="teacher"), True, False),
        (User(role="student"), False, True),
        (User(role="student", is_superuser=True), False, True),
        (AnonymousUser(), False, False),
    ],
)
def test_roles_are_what_they_say(user: User | AnonymousUser, teacher: bool, student: bool) -> None:
    request = Request(APIRequestFactory().get("/"))
    request.user = user
    assert IsTeacher().has_permission(request, APIView()) is teacher
    assert IsStudent().has_permission(request, APIView()) is student


def test_each_refusal_is_a_sentence() -> None:
    assert (IsTeacher.message, IsStudent.message) == ("Only teachers can do this", "Only students can do this")
