"""Totals of teachers' ratings. The model is exported by `bookings.models`."""

from django.conf import settings
from django.db import models


class Rating(models.Model):
    """Sum and count of a teacher's ratings, so that the directory need not read all feedback; see services/ratings."""

    teacher = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="The sum of the ratings.")

    def __str__(self) -> str:
        return f"{self.total} in {self.count} ratings of {self.teacher}"
