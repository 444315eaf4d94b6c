"""Teachers in public."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import TeacherProfile, User
from api_schema.fields import ChoiceField, DateField, InstantField
from bookings.models import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES


class TeacherQuery(serializers.Serializer[Any]):
    """The query parameters of the directory."""

    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Words that must all occur in the name or the headline.",
    )
    ordering = ChoiceField(
        ["name", "-name", "rating", "-rating"],
        default="name",
        help_text="A minus reverses the order; teachers without a rating come last.",
    )
    available_on = DateField(required=False, help_text="Teachers who work on this date, in their own time zone.")
    free_at = InstantField(
        required=False, help_text="Teachers with whom a session of `duration` minutes can be booked at this time."
    )
    duration = serializers.IntegerField(
        required=False,
        min_value=MIN_DURATION_MINUTES,
        max_value=MAX_DURATION_MINUTES,
        help_text="Minutes; only with `free_at`. Default: 60.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse meaningless combinations."""
        if "duration" in attrs and "free_at" not in attrs:
            raise serializers.ValidationError({"duration": _("Send it with free_at.")})
        if "available_on" in attrs and "free_at" in attrs:
            raise serializers.ValidationError({"free_at": _("Send either available_on or free_at.")})
        return attrs


class TeacherSerializer(serializers.ModelSerializer[User]):
    """A teacher's public profile: no e-mail, no Zoom account."""

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
        """With two decimal places; null without ratings."""
        return None if teacher.average_rating is None else round(float(teacher.average_rating), 2)


class RulesSerializer(serializers.ModelSerializer[TeacherProfile]):
    """A teacher's rules for students."""

    class Meta:
        model = TeacherProfile
        fields = [
            *("slot_interval_minutes", "minimum_notice_minutes", "horizon_days"),
            *("cancel_notice_minutes", "reschedule_notice_minutes"),
        ]
        read_only_fields = fields


class TeacherDetailSerializer(TeacherSerializer):
    """A teacher, with their rules for students."""

    rules = RulesSerializer()

    class Meta(TeacherSerializer.Meta):
        fields = [*TeacherSerializer.Meta.fields, "rules"]
        read_only_fields = fields
