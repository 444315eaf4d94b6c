"""What each Zoom host has been asked for on a day. The model is one of `bookings.models`."""

from django.db import models


class HostDay(models.Model):
    """How many meetings of a Zoom host were made and moved on a day of UTC: Zoom allows a hundred."""

    host = models.CharField(max_length=200)
    day = models.DateField()
    creates = models.PositiveIntegerField(default=0)
    moves = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "day"], name="host_day_once")]

    def __str__(self) -> str:
        return f"{self.host} on {self.day}"
