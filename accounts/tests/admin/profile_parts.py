"""Shared by the tests of teachers' profiles."""

PROFILE = {
    "headline": "Spanish",
    "bio": "",
    "timezone": "Europe/Madrid",
    "zoom_host": "maria@example.com",
    "slot_interval_minutes": "15",
    "buffer_minutes": "10",
    "minimum_notice_minutes": "60",
    "cancel_notice_minutes": "0",
    "reschedule_notice_minutes": "0",
    "horizon_days": "30",
}
