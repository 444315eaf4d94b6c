"""Queries on the directory of teachers."""

import datetime as dt
import uuid
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from django.db.models import ExpressionWrapper, F, FloatField, IntegerField, Q, QuerySet
from django.db.models.functions import Cast, Coalesce, NullIf, Round

from accounts.models import User
from wall_clock import zones

if TYPE_CHECKING:
    from django.db.models.expressions import OrderBy

Absence = tuple[dt.datetime, dt.datetime]


def teachers() -> QuerySet[User]:
    """Return active teachers with profile, `average_rating` (None without any) and `rating_count`."""
    average = F("rating__total") * 1.0 / NullIf(F("rating__count"), 0)
    return (
        User.objects.teachers()
        .select_related("profile")
        .annotate(
            average_rating=ExpressionWrapper(average, output_field=FloatField()),
            rating_count=Coalesce("rating__count", 0),
        )
        # The sort key: the rating as shown, in whole hundredths, which a cursor can hold.
        .annotate(rating_key=Cast(Round(F("average_rating") * 100), IntegerField()))
    )


def matching(search: str) -> Q:
    """Return those whose names or headline contain each word of `search`."""
    found = Q()
    for word in search.split():
        found &= Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(profile__headline__icontains=word)
    return found


def order(ordering: str) -> "list[str | OrderBy]":
    """Return the sort keys for `name`, `-name`, `rating` or `-rating`; unrated teachers always come last."""
    names = ["first_name", "last_name", "id"]
    if ordering == "-name":
        return [f"-{name}" for name in names]
    rating = {
        "rating": F("rating_key").asc(nulls_last=True),
        "-rating": F("rating_key").desc(nulls_last=True),
    }
    return [rating[ordering], *names] if ordering in rating else [*names]


def available_on(date: dt.date) -> Q:
    """Return those with working hours on `date`, by their own calendar, who are not away all day.

    One query reads the absences around that date. Time zones are resolved in Python.
    """
    weekly = Q(availabilities__is_recurring=True, availabilities__day_of_week=date.weekday())
    once = Q(availabilities__is_recurring=False, availabilities__date=date)
    working = User.objects.filter(weekly | once).values("pk")
    return Q(pk__in=working) & ~Q(pk__in=_away_on(date))


def _away_on(date: dt.date) -> list[uuid.UUID]:
    # No zone is further than 14 hours from UTC, so a day on either side covers everybody's date.
    midnight = dt.datetime.combine(date, dt.time.min, dt.UTC)
    rows = (
        User.objects.filter(
            time_off__start_time__lt=midnight + dt.timedelta(days=2),
            time_off__end_time__gt=midnight - dt.timedelta(days=1),
        )
        .order_by("pk", "time_off__start_time")
        .values_list("pk", "timezone", "time_off__start_time", "time_off__end_time")
    )
    absences = groupby(rows, key=itemgetter(0, 1))
    return [pk for (pk, zone), group in absences if _covers([row[2:] for row in group], date, zone)]


def _covers(absences: list[Absence], date: dt.date, zone: str) -> bool:
    """Return whether absences, ordered by start, cover the whole date in that zone."""
    covered_until, end = (
        dt.datetime.combine(day, dt.time.min, zones.load(zone)).astimezone(dt.UTC)
        for day in (date, date + dt.timedelta(days=1))
    )
    for absence_start, absence_end in absences:
        if absence_start > covered_until:
            return False
        covered_until = max(covered_until, absence_end)
    return covered_until >= end
