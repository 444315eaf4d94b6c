"""Lists of bookings, read page by page."""

import datetime as dt
import functools
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import User
from bookings.api.bookings.filters import chosen, on_dates
from bookings.api.bookings.rows import BookingRow, rows
from bookings.models import Booking
from bookings.querysets import BookingQuerySet
from bookings.states import Party
from database.prepared_query import PreparedQuery

# First pages that differ in more than ids and times.
KEPT_QUERIES = 100


class Listing:
    """The bookings that a user may see, filtered and ordered as asked for. The paginator takes it as a queryset.

    First pages are prepared queries: building and compiling the query takes as long as everything else.
    """

    model = Booking

    def __init__(self, asked: Mapping[str, Any], *, user: User, now: dt.datetime, beyond: Q | None = None) -> None:
        self._asked, self._user, self._now, self._beyond = on_dates(asked, user), user, now, beyond
        # Staff see the bookings of all people.
        everybody: Sequence[Party] = () if user.is_superuser else tuple(Party)
        self._parties = (Party(asked["role"]),) if "role" in asked else everybody

    @functools.cached_property
    def _found(self) -> BookingQuerySet:
        found = chosen(rows(), self._asked, now=self._now)
        return found if self._beyond is None else found.filter(self._beyond)

    @property
    def query(self) -> Any:
        return self._found.query

    def filter(self, *conditions: Q) -> "Listing":
        return Listing(self._asked, user=self._user, now=self._now, beyond=Q(*conditions))

    def count(self) -> int:
        return _shown(self._found, self._parties, self._user.id).count()

    def __getitem__(self, page: slice) -> list[BookingRow]:
        if not page.stop:
            return []
        if page.start or self._beyond is not None or "search" in self._asked:
            found: Any = _page(self._found, self._parties, self._user.id, page.start or 0, page.stop)
            return list(found)
        values = {name: value for name, value in self._asked.items() if isinstance(value, uuid.UUID | dt.datetime)}
        constants = frozenset((name, _fixed(self._asked[name])) for name in self._asked.keys() - values)
        values |= {"user_id": self._user.id} if self._parties else {}
        values |= {"now": self._now} if "when" in self._asked else {}
        query = _first_page(constants, frozenset(values), self._parties, page.stop)
        return [BookingRow._make(row) for row in query.rows(**values)]


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@functools.lru_cache(maxsize=KEPT_QUERIES)
def _first_page(
    constants: frozenset[tuple[str, Any]], names: frozenset[str], parties: Sequence[Party], size: int
) -> PreparedQuery:
    """Return the query whose parameters have these names."""

    def build(*, user_id: uuid.UUID | None = None, now: dt.datetime | None = None, **values: Any) -> BookingQuerySet:
        return _page(chosen(rows(), dict(constants) | values, now=now), parties, user_id, 0, size)

    return PreparedQuery(build)


def _page(
    found: BookingQuerySet, parties: Sequence[Party], user_id: uuid.UUID | None, start: int, stop: int
) -> BookingQuerySet:
    """Return the bookings in which the user is one of the parties.

    Each party's by its own index, which has them in order: both at once would be sorted as a whole, 200,000 of them in
    80 ms. SQLite cannot join ordered parts.
    """
    if len(parties) < 2 or not connection.features.supports_slicing_ordering_in_compound:
        return _shown(found, parties, user_id)[start:stop]
    first, *others = (_shown(found, [party], user_id)[:stop] for party in parties)
    return first.union(*others, all=True).order_by(*found.query.order_by)[start:stop]


def _shown(found: BookingQuerySet, parties: Sequence[Party], user_id: uuid.UUID | None) -> BookingQuerySet:
    if not parties:  # staff
        return found
    assert user_id is not None
    return found.of(user_id, parties)
