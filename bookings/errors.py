"""What can go wrong with a booking, in words of the domain. Knows nothing of HTTP."""


class BookingError(Exception):
    """A refusal that the caller can read: a sentence for people, a code for machines."""

    code = "refused"
    sentence = "This is not possible."

    def __init__(self, sentence: str = "", *, code: str = "", details: dict[str, list[str]] | None = None) -> None:
        self.sentence = sentence or self.sentence
        self.code = code or self.code
        self.details = details
        super().__init__(self.sentence)


class Refused(BookingError):
    """A rule forbids it, here and now."""


class SlotUnavailable(Refused):
    """The time is not free, for whatever reason: no reason is told, because it may be another's business."""

    code = "slot_unavailable"
    sentence = "Time slot is not available"


class Invalid(Refused):
    """A value that only the domain can judge, such as a wall-clock time that a change of clocks skips."""

    code = "invalid"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}", details={field: [sentence]})


class Forbidden(BookingError):
    """Known to the caller, but not theirs to do."""

    code = "permission_denied"


class Missing(BookingError):
    """Not there, or not for this caller to know of."""

    code = "not_found"


class ZoomFailed(BookingError):
    """Zoom did not make the meeting; the booking is as it was."""

    code = "zoom_failed"


class Busy(BookingError):
    """Too many writers at once; nothing was changed, and trying again will help."""

    code = "busy"
    sentence = "Too many requests for this time at once. Please try again."
    retry_after = 1
