"""Teachers, as anybody sees them."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from api_schema.fields import ChoiceField, DateField


class TeacherQuery(serializers.Serializer[Any]):
    """The query parameters of the directory."""

    search = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="Words that all occur in the names or the headline."
    )
    ordering = ChoiceField(
        ["name", "-name", "rating", "-rating"],
        default="name",
        help_text="With a minus the other way round; teachers without a rating come last.",
    )
    available_on = DateField(required=False, help_text="Those who work on this date, by their own calendar.")


class TeacherSerializer(serializers.ModelSerializer[User]):
    """A teacher as anybody sees them: no e-mail, no Zoom account."""

    headline = serializers.CharField(source="rules.headline")
    bio = serializers.CharField(source="rules.bio")
    average_rating = serializers.SerializerMethodField()
    rating_count = serializers.IntegerField()

    class Meta:
        model = User
        fields = [
            *("id", "name", "first_name", "last_name", "headline", "bio", "timezone"),
            *("average_rating", "rating_count"),
        ]
        read_only_fields = fields

    def get_average_rating(self, teacher: Any) -> float | None:
        """With two decimal places; null without any rating."""
        return None if teacher.average_rating is None else round(float(teacher.average_rating), 2)
