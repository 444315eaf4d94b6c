"""Search by the names of people."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import User
from backoffice.model_admin import RoleAdmin

# As many ids as a statement lists; more people are found by a subquery.
MOST_LISTED = 1000


class SearchByPeople(RoleAdmin):
    """Finds rows by the people that they belong to.

    People first, then their rows by index: joined, the names of all people would be compared for every row, which takes
    0.5 s among a million bookings.
    """

    people: tuple[str, ...]
    """Lookup paths to accounts."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows in which each word is part of a name (for superusers, or an address) of one of the people."""
        names = {field.rpartition("__")[2] for field in self.get_search_fields(request)}
        for word in search_term.split():
            found = _people(Q(*((f"{name}__icontains", word) for name in sorted(names)), _connector=Q.OR))
            queryset = queryset.filter(Q(*((f"{path}__in", found) for path in self.people), _connector=Q.OR))
        return queryset, False


def _people(named: Q) -> Any:
    found = User.objects.filter(named).values_list("pk", flat=True)
    listed = list(found[: MOST_LISTED + 1])
    return listed if len(listed) <= MOST_LISTED else found
