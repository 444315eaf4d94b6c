"""Every address of our own pages, below /admin/."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpResponse

from workplace.pages import address, booking, bookings, calendar, elsewhere, hours, school, students, times


class Page(NamedTuple):
    route: str
    name: str
    view: Callable[..., HttpResponse]


BOOKING = "bookings/<uuid:booking_id>/"

pages = [
    Page("calendar/", "calendar", calendar.page),
    Page("calendar/<str:date>/", "calendar-day", calendar.day_page),
    Page("bookings/", "bookings", bookings.page),
    Page("bookings/export.csv", "bookings-csv", bookings.export),
    Page("bookings/new/", "booking-new", times.new_page),
    Page(BOOKING, "booking", booking.page),
    Page(f"{BOOKING}move/", "booking-move", times.move_page),
    Page(f"{BOOKING}start/", "booking-start", booking.start),
    *(Page(f"{BOOKING}{verb}/", f"booking-{verb}", booking.act(verb)) for verb in booking.VERBS),
    Page("students/", "students", students.page),
    Page("students/<uuid:student_id>/", "student", students.student_page),
    Page("hours/", "hours", hours.page),
    Page("hours/day/", "hours-day", hours.day_page),
    Page("hours/away/", "hours-away", hours.away_page),
    Page("hours/calendar/", "hours-address", address.page),
    Page("hours/elsewhere/", "hours-elsewhere", elsewhere.page),
    Page("hours/elsewhere/<uuid:calendar_id>/remove/", "hours-elsewhere-remove", elsewhere.remove),
    Page("hours/elsewhere/<uuid:calendar_id>/password/", "hours-elsewhere-password", elsewhere.password),
    Page("teachers/", "teachers", school.teachers),
    Page("dashboard/", "dashboard", school.dashboard),
    Page("zoom/", "zoom", school.zoom),
    Page("zoom/<int:sync_id>/retry/", "zoom-retry", school.retry),
]
