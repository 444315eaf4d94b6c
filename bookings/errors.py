"""Errors of the booking domain, independent of HTTP."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Lazy


class BookingError(Exception):
    """A refusal: a sentence for people, in the language of whoever reads it, and a code for machines."""

    code = "refused"
    default: "str | Lazy" = _("This is not possible.")

    def __init__(
        self, sentence: "str | Lazy | None" = None, *, code: str = "", details: dict[str, list[str]] | None = None
    ) -> None:
        self._sentence = self.default if sentence is None else sentence
        self.code = code or self.code
        self.details = details
        super().__init__(self._sentence)

    @property
    def sentence(self) -> str:
        return str(self._sentence)


class Refused(BookingError):
    """A rule forbids it at the moment."""


class SlotUnavailable(Refused):
    """The time is not free. The reason is not given: it may concern somebody else."""

    code = "slot_unavailable"
    default = _("Time slot is not available")


class Invalid(Refused):
    """An invalid value that only the domain can detect, such as a wall-clock time skipped by a DST change."""

    code = "invalid"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}", details={field: [sentence]})


class Forbidden(BookingError):
    """The caller may see the object, but not do this to it."""

    code = "permission_denied"


class Missing(BookingError):
    """The object does not exist, or the caller may not know that it does."""

    code = "not_found"


class ZoomFailed(BookingError):
    """Zoom did not create the meeting; the booking is unchanged."""

    code = "zoom_failed"


class Busy(BookingError):
    """Too many concurrent writers. Nothing was changed; retrying helps."""

    code = "busy"
    default = _("Too many requests for this time at once. Please try again.")
    retry_after = 1
