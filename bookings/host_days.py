"""Daily use of each Zoom host. The model is exported by `bookings.models`."""

from django.db import models


class HostDay(models.Model):
    """Meetings of a Zoom host created and moved on a UTC day: Zoom allows a hundred."""

    host = models.CharField(max_length=200)
    day = models.DateField()
    creates = models.PositiveIntegerField(default=0)
    moves = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "day"], name="host_day_once")]

    def __str__(self) -> str:
        return f"{self.host} on {self.day}"
