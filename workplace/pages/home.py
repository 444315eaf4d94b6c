"""The first page: today for teachers, all teachers' week for managers."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from backoffice.model_admin import reader
from workplace.moments import long_day
from workplace.pages.drawing import draw
from workplace.today import Today


def page(request: HttpRequest) -> HttpResponse:
    teacher, now = reader(request), timezone.now()
    if not teacher.is_teacher:
        return redirect("admin:teachers")
    today = Today.of(teacher, now=now, most=None if "all" in request.GET else Today.FIRST)
    template = "steps" if today.steps else "today"
    return draw(request, template, title=long_day(now), today=today)
