"""The operations under /api/accounts/."""

from drf_spectacular.utils import extend_schema

from accounts.serializers import MeSerializer, TeacherQuery, TeacherSerializer
from rag_app.openapi.base import Documented
from rag_app.openapi.refusals import INVALID, PAGE_MISSING, TEACHER_MISSING


class TeacherList(Documented):
    """The directory."""

    target_class = "accounts.views.TeacherList"
    operations = {
        "get": extend_schema(
            operation_id="listTeachers",
            tags=["Teachers"],
            summary="Find teachers",
            description="Every active teacher, with what they tell of themselves and how they were rated.",
            parameters=[TeacherQuery],
            responses={200: TeacherSerializer, 400: INVALID, 404: PAGE_MISSING},
        )
    }


class TeacherDetail(Documented):
    """One teacher."""

    target_class = "accounts.views.TeacherDetail"
    operations = {
        "get": extend_schema(
            operation_id="getTeacher",
            tags=["Teachers"],
            summary="One teacher",
            description="The same as in the list.",
            responses={200: TeacherSerializer, 404: TEACHER_MISSING},
        )
    }


class Me(Documented):
    """One's own account."""

    target_class = "accounts.views.Me"
    operations = {
        "get": extend_schema(
            operation_id="getMe",
            tags=["Me"],
            summary="Your own account",
            description="Made at the first call from the token. `profile` is null for students.",
        ),
        "patch": extend_schema(
            operation_id="updateMe",
            tags=["Me"],
            summary="Change names, time zone, and a teacher's profile",
            description="Only what is sent changes. Role and e-mail come from Supabase and cannot be changed here.",
            responses={200: MeSerializer},
        ),
    }
