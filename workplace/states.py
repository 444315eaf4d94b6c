"""Which bookings the pages count as what."""

from bookings.states import Outcome, Status

# What stands on a calendar; what was cancelled does not.
SHOWN = (Status.PENDING, Status.CONFIRMED, Status.COMPLETED)
# Sessions that were agreed to, held or still to come.
HELD = (Status.CONFIRMED, Status.COMPLETED)
# Outcomes of sessions that did not take place.
ABSENT = (Outcome.STUDENT_ABSENT, Outcome.TEACHER_ABSENT)
