"""The examples of the product's document, docs/zoom_booking_api.md, word for word.

Its placeholders ("uuid-string") are ids here, so that every example fits its schema; keys of an answer that it leaves
out follow after its own. A test compares all of this with the document.
"""

from typing import Any

TEACHER = "0d9f4f2e-6c1b-4b5e-9a53-6f7f1f0a2b11"
STUDENT = "5b1c9a34-2f57-4c0e-8d4b-3f0d2a7c9e22"
BOOKING = "c3a7e6d8-91b4-4f7a-b0c2-7e5d4a1f8b33"
# The document's placeholders, and the ids used in their place.
PLACEHOLDERS = {
    "uuid-string": TEACHER,
    "teacher-uuid": TEACHER,
    "student-uuid": STUDENT,
    "booking-uuid": BOOKING,
}

HOURS = {"day_of_week": 1, "start_time": "09:00:00", "end_time": "17:00:00", "is_recurring": True, "date": None}

SLOTS: dict[str, Any] = {
    "date": "2025-01-15",
    "teacher_id": TEACHER,
    "available_slots": [
        {
            "start_time": "09:00",
            "end_time": "10:00",
            "datetime_start": "2025-01-15T09:00:00",
            "datetime_end": "2025-01-15T10:00:00",
            "start": "2025-01-15T09:00:00Z",
            "end": "2025-01-15T10:00:00Z",
        },
        {
            "start_time": "10:30",
            "end_time": "11:30",
            "datetime_start": "2025-01-15T10:30:00",
            "datetime_end": "2025-01-15T11:30:00",
            "start": "2025-01-15T10:30:00Z",
            "end": "2025-01-15T11:30:00Z",
        },
    ],
    "timezone": "UTC",
}

SCHEDULE = {
    "teacher_id": TEACHER,
    "start_date": "2025-01-15",
    "end_date": "2025-01-22",
    "bookings": [
        {
            "start_time": "2025-01-15T09:00:00Z",
            "end_time": "2025-01-15T10:00:00Z",
            "status": "CONFIRMED",
            "student__first_name": "John",
            "student__last_name": "Doe",
            "booking_id": BOOKING,
        }
    ],
}

WISH = {
    "teacher_id": TEACHER,
    "start_time": "2025-01-15T09:00:00Z",
    "duration": 60,
    "notes": "Looking forward to practicing Spanish conversation",
}

REQUESTED: dict[str, Any] = {
    "id": BOOKING,
    "student": STUDENT,
    "teacher": TEACHER,
    "student_name": "John Doe",
    "teacher_name": "Maria Garcia",
    "start_time": "2025-01-15T09:00:00Z",
    "end_time": "2025-01-15T10:00:00Z",
    "duration_minutes": 60,
    "status": "PENDING",
    "zoom_meeting_id": None,
    "zoom_join_url": None,
    "notes": "Looking forward to practicing Spanish conversation",
    "can_cancel": True,
    "can_reschedule": True,
    "zoom_info": {"meeting_id": None, "join_url": None, "has_meeting": False, "password": None},
    "cancellation_reason": "",
    "version": 1,
    "awaits": "teacher",
    "cancelled_by": None,
    "outcome": None,
    "created_at": "2025-01-10T12:00:00Z",
    "updated_at": "2025-01-10T12:00:00Z",
    "teacher_timezone": "UTC",
    "student_timezone": "UTC",
    "feedback": None,
    "cancel_until": "2025-01-15T09:00:00Z",
    "reschedule_until": "2025-01-15T09:00:00Z",
}

WISH_FOR_A_STUDENT = WISH | {"student_id": STUDENT, "confirmed": True, "outside_hours": False}

CONFIRMED = {
    "message": "Booking confirmed and Zoom meeting created",
    "booking": REQUESTED
    | {
        "status": "CONFIRMED",
        "zoom_meeting_id": "123456789",
        "zoom_join_url": "https://zoom.us/j/123456789",
        "zoom_info": {
            "meeting_id": "123456789",
            "join_url": "https://zoom.us/j/123456789",
            "has_meeting": True,
            "password": "meeting_password",
        },
        "version": 2,
        "awaits": None,
    },
    "zoom_info": {
        "join_url": "https://zoom.us/j/123456789",
        "meeting_id": "123456789",
        "password": "meeting_password",
    },
}

CANCEL = {"reason": "Schedule conflict"}
CANCELLED: dict[str, Any] = {
    "message": "Booking cancelled successfully",
    "booking": REQUESTED
    | {
        "status": "CANCELLED",
        "cancellation_reason": "Schedule conflict",
        "can_cancel": False,
        "can_reschedule": False,
        "version": 2,
        "awaits": None,
        "cancelled_by": "student",
        "cancel_until": None,
        "reschedule_until": None,
    },
}

DECLINED: dict[str, Any] = {
    "message": "Booking declined successfully",
    "booking": CANCELLED["booking"] | {"cancelled_by": "teacher"},
}

CHANGES = {"results": [REQUESTED], "next_after": "1042"}

RESCHEDULE = {"start_time": "2025-01-16T10:00:00Z", "duration": 60}

FEEDBACK = {"booking_id": BOOKING, "rating": 5, "comment": "Excellent session! Very helpful teacher."}
