"""The operations on the directory of teachers."""

from drf_spectacular.utils import extend_schema

from api_schema.openapi import Documented
from api_schema.refusals import INVALID, PAGE_MISSING, TEACHER_MISSING
from bookings.api.teachers.serializers import TeacherDetailSerializer, TeacherQuery, TeacherSerializer


class TeacherList(Documented):
    """The directory."""

    target_class = "bookings.api.teachers.views.TeacherList"
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

    target_class = "bookings.api.teachers.views.TeacherDetail"
    operations = {
        "get": extend_schema(
            operation_id="getTeacher",
            tags=["Teachers"],
            summary="One teacher",
            description="The same as in the list, and the rules that students meet: how far apart offered starts are, "
            "how many days ahead a session can be booked, and how long before its start it can be booked, cancelled "
            "and moved.",
            responses={200: TeacherDetailSerializer, 404: TEACHER_MISSING},
        )
    }
