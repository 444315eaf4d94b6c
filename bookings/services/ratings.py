"""Sums of teachers' ratings: updated with each feedback, and checked by `check_ratings`."""

import uuid
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, Sum

from bookings.models import Feedback, Rating


class Sums(NamedTuple):
    """Number and sum of a teacher's ratings."""

    number: int
    total: int


def add(*, teacher_id: uuid.UUID, rating: int) -> None:
    """Count one more rating. Call it in the transaction that writes the feedback."""
    Rating.objects.get_or_create(teacher_id=teacher_id)
    Rating.objects.filter(teacher_id=teacher_id).update(count=F("count") + 1, total=F("total") + rating)


def wrong() -> list[uuid.UUID]:
    """Return the teachers whose stored sums differ from their feedback, ordered by id. Reads all feedback."""
    kept = {rating.teacher_id: Sums(rating.count, rating.total) for rating in Rating.objects.all()}
    by_teacher = Feedback.objects.order_by().values_list("booking__teacher")
    right = {
        teacher_id: Sums(count, total)
        for teacher_id, count, total in by_teacher.annotate(count=Count("id"), total=Sum("rating"))
    }
    return sorted(who for who in kept.keys() | right.keys() if kept.get(who, Sums(0, 0)) != right.get(who, Sums(0, 0)))


@transaction.atomic
def repair(teacher_id: uuid.UUID) -> None:
    """Recompute a teacher's sums. Concurrent feedback waits, and is added afterwards."""
    Rating.objects.get_or_create(teacher_id=teacher_id)
    row = Rating.objects.select_for_update().get(teacher_id=teacher_id)
    found = Feedback.objects.filter(booking__teacher_id=teacher_id).aggregate(count=Count("id"), total=Sum("rating"))
    row.count, row.total = found["count"], found["total"] or 0
    row.save()
