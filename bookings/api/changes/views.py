"""The caller's bookings that changed."""

import uuid

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import caller
from accounts.models import User
from api_schema.requests import StrictView
from bookings.api.bookings.serializers import booking_json
from bookings.api.changes.serializers import ChangesQuery
from bookings.models import Booking
from database.prepared_query import PreparedQuery

MOST = 100
_changed = PreparedQuery(
    lambda user_id, after: Booking.objects.of(user_id).changed_after(after).values_list("id", "feed_position")[:MOST]
)


class ChangesView(StrictView):
    """What is new: to be polled, with `If-None-Match`."""

    queries = {"get": ChangesQuery}

    def get(self, request: Request) -> Response:
        """Return up to a hundred bookings by last change, each in its current state, and the next position."""
        user = caller(request)
        after = self.asked().get("after", 0)
        if after is None:
            return Response({"results": [], "next_after": str(_latest(user))})
        # Without the rows themselves: usually nothing has changed.
        positions: dict[uuid.UUID, int] = dict(_changed.rows(user_id=user.id, after=after))
        rows, now = Booking.objects.with_people().in_bulk(positions) if positions else {}, timezone.now()
        results = [booking_json(rows[booking_id], user=user, now=now) for booking_id in positions]
        return Response({"results": results, "next_after": str(max(positions.values(), default=after))})


def _latest(user: User) -> int:
    last = Booking.objects.of(user.id).order_by("-feed_position").values_list("feed_position", flat=True).first()
    return last or 0
