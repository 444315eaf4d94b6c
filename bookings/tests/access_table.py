"""Who gets what: for every route of the API, how each role is answered."""

import uuid
from typing import Any, NamedTuple

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PEOPLE = ("nobody", "alice", "bob", "maria", "carl", "root")
ID = "<uuid:pk>"

HOURS = {"day_of_week": 1, "start_time": "09:00", "end_time": "17:00"}
ABSENCE = {"start_time": "2025-01-20T09:00:00Z", "end_time": "2025-01-20T12:00:00Z"}
DAY = {"date": "2025-01-15"}
DAYS = {"start_date": "2025-01-15", "end_date": "2025-01-15"}

# nobody; alice, whose booking it is; bob, a student; maria, whose it is too; carl, a teacher; root, staff.
ALL_SIGNED_IN = (401, 200, 200, 200, 200, 200)
PARTIES = (401, 200, 404, 200, 404, 200)
ITS_TEACHER = (401, 403, 404, 200, 404, 200)
OWN_HOURS = (401, 403, 403, 200, 404, 403)

# What the caller sends proves itself; no token is asked for.
BY_SIGNATURE = {
    "POST /api/bookings/zoom/webhook/",
    "POST /api/notifications/unsubscribe/<str:token>/",
    "POST /api/notifications/bounces/",
    "GET /api/calendars/<str:secret>.ics",
}


class Row(NamedTuple):
    """What each of PEOPLE is answered; `on` names the thing whose id the address holds."""

    expected: tuple[int, ...]
    body: Any = None
    on: str = ""


ROWS = {
    "GET /api/accounts/teachers/": Row(ALL_SIGNED_IN),
    f"GET /api/accounts/teachers/{ID}/": Row(ALL_SIGNED_IN, on="maria"),
    "GET /api/accounts/me/": Row(ALL_SIGNED_IN),
    "PATCH /api/accounts/me/": Row(ALL_SIGNED_IN, {"timezone": "Europe/Madrid"}),
    "POST /api/accounts/me/admin-link/": Row((401, 403, 403, 201, 201, 201)),
    "GET /api/accounts/me/export/": Row(ALL_SIGNED_IN),
    # Root is the only superuser.
    "POST /api/accounts/me/erase/": Row((401, 200, 200, 200, 200, 400)),
    "GET /api/bookings/availability/": Row(ALL_SIGNED_IN),
    "POST /api/bookings/availability/": Row((401, 403, 403, 201, 201, 403), HOURS),
    "PUT /api/bookings/availability/week/": Row((401, 403, 403, 200, 200, 403), {"windows": []}),
    f"GET /api/bookings/availability/{ID}/": Row(ALL_SIGNED_IN, on="hours"),
    f"PUT /api/bookings/availability/{ID}/": Row(OWN_HOURS, HOURS, on="hours"),
    f"PATCH /api/bookings/availability/{ID}/": Row(OWN_HOURS, {"end_time": "18:00"}, on="hours"),
    f"DELETE /api/bookings/availability/{ID}/": Row((401, 403, 403, 204, 404, 403), on="hours"),
    "GET /api/bookings/time-off/": Row((401, 403, 403, 200, 200, 403)),
    "POST /api/bookings/time-off/": Row((401, 403, 403, 201, 201, 403), ABSENCE),
    f"PATCH /api/bookings/time-off/{ID}/": Row(OWN_HOURS, {"reason": "Dentist"}, on="absence"),
    f"DELETE /api/bookings/time-off/{ID}/": Row((401, 403, 403, 204, 404, 403), on="absence"),
    "GET /api/bookings/slots/available/": Row(ALL_SIGNED_IN, DAY),
    "GET /api/bookings/slots/first/": Row(ALL_SIGNED_IN, {"teacher_ids": str(uuid.UUID(int=7))}),
    "GET /api/bookings/schedule/": Row(ALL_SIGNED_IN, DAYS),
    "GET /api/bookings/bookings/": Row(ALL_SIGNED_IN),
    "GET /api/bookings/bookings/summary/": Row(ALL_SIGNED_IN),
    "POST /api/bookings/bookings/": Row(
        (401, 201, 201, 403, 403, 201), {"start_time": "2025-01-15T14:00:00Z", "duration": 60}
    ),
    "GET /api/bookings/bookings/my/": Row(ALL_SIGNED_IN),
    f"GET /api/bookings/bookings/{ID}/": Row(PARTIES, on="pending"),
    f"PATCH /api/bookings/bookings/{ID}/": Row((401, 200, 404, 403, 404, 403), {"notes": "New"}, on="pending"),
    f"POST /api/bookings/bookings/{ID}/confirm/": Row(ITS_TEACHER, on="pending"),
    f"POST /api/bookings/bookings/{ID}/cancel/": Row(PARTIES, {"reason": ""}, on="pending"),
    f"POST /api/bookings/bookings/{ID}/reschedule/": Row(PARTIES, {"start_time": "2025-01-15T14:00:00Z"}, on="pending"),
    f"POST /api/bookings/bookings/{ID}/complete/": Row(ITS_TEACHER, on="begun"),
    f"POST /api/bookings/bookings/{ID}/decline/": Row(ITS_TEACHER, {"reason": ""}, on="pending"),
    f"GET /api/bookings/bookings/{ID}/changes/": Row(PARTIES, on="pending"),
    f"GET /api/bookings/bookings/{ID}/start/": Row((401, 403, 404, 200, 404, 403), on="started"),
    "GET /api/bookings/changes/": Row(ALL_SIGNED_IN),
    "GET /api/bookings/feedback/": Row(ALL_SIGNED_IN),
    "POST /api/bookings/feedback/": Row((401, 201, 404, 403, 404, 403), {"rating": 5}),
    f"GET /api/bookings/feedback/{ID}/": Row(PARTIES, on="feedback"),
    f"GET /api/bookings/bookings/{ID}/calendar.ics": Row(PARTIES, on="pending"),
    "GET /api/notifications/preferences/": Row(ALL_SIGNED_IN),
    "PATCH /api/notifications/preferences/": Row(ALL_SIGNED_IN, {"feedback": False}),
    "GET /api/accounts/me/calendar/": Row(ALL_SIGNED_IN),
    "POST /api/accounts/me/calendar/": Row((401, 201, 201, 201, 201, 201)),
    "DELETE /api/accounts/me/calendar/": Row((401, 204, 204, 204, 204, 204)),
    "GET /api/accounts/me/calendars/": Row((401, 403, 403, 200, 200, 403)),
    "POST /api/accounts/me/calendars/": Row((401, 403, 403, 201, 201, 403), {"address": "https://c.example/a.ics"}),
    f"PATCH /api/accounts/me/calendars/{ID}/": Row(
        (401, 403, 403, 200, 404, 403), {"password": "another"}, on="elsewhere"
    ),
    f"DELETE /api/accounts/me/calendars/{ID}/": Row((401, 403, 403, 204, 404, 403), on="elsewhere"),
    # By signature or secret and not by token: test_webhook.py, notifications/tests/test_api.py,
    # calendars/tests/api/test_feed.py.
    "GET /api/calendars/<str:secret>.ics": Row((404,) * 6),
    "POST /api/bookings/zoom/webhook/": Row((401,) * 6, {"event": "meeting.ended"}),
    "POST /api/notifications/unsubscribe/<str:token>/": Row((404,) * 6),
    "POST /api/notifications/bounces/": Row((404,) * 6, {"RecordType": "Bounce"}),
}
