"""History and feed of changes, as the parties see them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from bookings import moves
from bookings.models import BookingChange
from bookings.states import Actor, Move, Status


class HistorySerializer(serializers.Serializer[BookingChange]):
    """One move of a booking."""

    at = serializers.DateTimeField()
    move = serializers.ChoiceField(choices=Move.choices)
    by = serializers.ChoiceField(choices=Actor.choices)
    reason = serializers.CharField()
    from_start = serializers.DateTimeField(allow_null=True)
    to_start = serializers.DateTimeField()
    from_status = serializers.ChoiceField(choices=Status.choices, allow_null=True)
    to_status = serializers.ChoiceField(choices=Status.choices)

    def to_representation(self, change: BookingChange) -> dict[str, Any]:
        """Name the author of a move by their relation to the booking."""
        return {
            "at": change.at,
            "move": change.move,
            "by": moves.actor(change.booking, change.by),
            "reason": change.reason,
            "from_start": change.from_start,
            "to_start": change.to_start,
            "from_status": change.from_status or None,
            "to_status": change.to_status,
        }


class ChangesQuery(serializers.Serializer[Any]):
    """The query parameter of the feed of changes."""

    after = serializers.RegexField(
        r"^([0-9]{1,18}|latest)$",
        required=False,
        help_text="The `next_after` of the last response. `latest`: changes from now on. Absent: from the beginning.",
        error_messages={"invalid": _("Send the next_after of an answer, or latest.")},
    )

    def validate_after(self, after: str) -> int | None:
        """Return the position, or None for the latest."""
        return None if after == "latest" else int(after)
