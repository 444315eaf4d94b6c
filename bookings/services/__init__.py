"""What people do with bookings, one module per verb.

Each is a keyword-only function that opens its transactions and takes its locks. It refuses by raising an error of
`bookings.errors`, and knows nothing of HTTP.
"""

from bookings.services.away import bookings_within, go_away
from bookings.services.book import book_for_student
from bookings.services.cancel import cancel_booking, decline_booking
from bookings.services.complete import complete_booking, correct_outcome
from bookings.services.confirm import confirm_booking, confirm_later
from bookings.services.edit_notes import edit_notes
from bookings.services.feedback import leave_feedback
from bookings.services.leave import end_bookings
from bookings.services.request import request_booking
from bookings.services.reschedule import reschedule_booking
from bookings.services.start import start_link, start_refusal

__all__ = [
    "book_for_student",
    "bookings_within",
    "cancel_booking",
    "complete_booking",
    "confirm_booking",
    "confirm_later",
    "correct_outcome",
    "decline_booking",
    "edit_notes",
    "end_bookings",
    "go_away",
    "leave_feedback",
    "request_booking",
    "reschedule_booking",
    "start_link",
    "start_refusal",
]
