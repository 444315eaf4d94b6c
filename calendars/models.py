"""Calendar addresses."""

from django.db import models

from accounts.models import User


class Feed(models.Model):
    """A person's own calendar address. Whoever knows its secret may read it, so only a digest is stored."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return f"Calendar address of {self.user}"
