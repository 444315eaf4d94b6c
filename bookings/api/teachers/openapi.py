"""The operations on the directory of teachers."""

from api_schema.openapi import Documented, operation
from api_schema.refusals import INVALID, PAGE_MISSING, TEACHER_MISSING
from bookings.api.teachers.serializers import TeacherDetailSerializer, TeacherQuery, TeacherSerializer


class TeacherList(Documented):
    """The directory."""

    target_class = "bookings.api.teachers.views.TeacherList"
    tag = "Teachers"
    operations = {
        "get": operation(
            "listTeachers",
            "Find teachers",
            "All active teachers, with their profiles and ratings.",
            {200: TeacherSerializer, 400: INVALID, 404: PAGE_MISSING},
            parameters=[TeacherQuery],
        )
    }


class TeacherDetail(Documented):
    """One teacher."""

    target_class = "bookings.api.teachers.views.TeacherDetail"
    tag = "Teachers"
    operations = {
        "get": operation(
            "getTeacher",
            "One teacher",
            "As in the list, with the rules for students: how far apart offered starts are, how many days ahead a "
            "session can be booked, and how long before its start it can be booked, cancelled and moved.",
            {200: TeacherDetailSerializer, 404: TEACHER_MISSING},
        )
    }
