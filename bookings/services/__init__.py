"""What people do with bookings, one module a verb.

Each is a keyword-only function that opens its transactions and takes its locks. It refuses by raising an error of
`bookings.errors`, and knows nothing of HTTP.
"""

from bookings.services.cancel import cancel_booking
from bookings.services.complete import complete_booking
from bookings.services.confirm import confirm_booking, confirm_later
from bookings.services.edit_notes import edit_notes
from bookings.services.feedback import leave_feedback
from bookings.services.request import request_booking
from bookings.services.reschedule import reschedule_booking

__all__ = [
    "cancel_booking",
    "complete_booking",
    "confirm_booking",
    "confirm_later",
    "edit_notes",
    "leave_feedback",
    "request_booking",
    "reschedule_booking",
]
