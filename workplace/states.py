"""Groups of statuses that the pages use."""

from bookings.states import Outcome, Status

# Shown on a calendar: everything but cancelled bookings.
SHOWN = (Status.PENDING, Status.CONFIRMED, Status.COMPLETED)
# Confirmed sessions, past or future.
HELD = (Status.CONFIRMED, Status.COMPLETED)
# Outcomes of sessions that did not take place.
ABSENT = (Outcome.STUDENT_ABSENT, Outcome.TEACHER_ABSENT)
