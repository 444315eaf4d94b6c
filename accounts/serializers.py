"""How accounts are shown, and what may be changed about them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from rest_framework import serializers

from accounts.fields import ChoiceField, DateField, ModelSerializer
from accounts.models import TeacherProfile, User


class OnlyKnownFields(serializers.Serializer[Any]):
    """Refuses what it would otherwise ignore, so that nobody believes to have changed their role."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values. Raises ValidationError."""
        writable = {name for name, field in self.fields.items() if not field.read_only}
        refused = set(data) - writable if isinstance(data, Mapping) else set()
        if refused:
            raise serializers.ValidationError({name: ["This cannot be changed here."] for name in sorted(refused)})
        return super().to_internal_value(data)


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


class ProfileSerializer(OnlyKnownFields, ModelSerializer[TeacherProfile]):
    """What a teacher tells of themselves and asks of students. Times are minutes."""

    class Meta:
        model = TeacherProfile
        fields = [
            *("headline", "bio", "zoom_host", "slot_interval_minutes", "buffer_minutes"),
            *("minimum_notice_minutes", "horizon_days", "cancel_notice_minutes", "reschedule_notice_minutes"),
        ]

    def get_attribute(self, instance: User) -> TeacherProfile | None:
        """The profile to show; students have none."""
        return instance.rules if instance.is_teacher else None


class MeSerializer(OnlyKnownFields, ModelSerializer[User]):
    """The caller's own account."""

    profile = ProfileSerializer(required=False)

    class Meta:
        model = User
        fields = ["id", "email", "role", "first_name", "last_name", "timezone", "profile"]
        read_only_fields = ["id", "email", "role"]

    def validate_profile(self, profile: dict[str, Any]) -> dict[str, Any]:
        """Refuse a student's, and a change of what only staff can set: the host's owner pays for the meetings."""
        assert self.instance is not None
        if not self.instance.is_teacher:
            raise serializers.ValidationError("Only teachers have a profile.")
        if profile.get("zoom_host", self.instance.rules.zoom_host) != self.instance.rules.zoom_host:
            raise serializers.ValidationError({"zoom_host": ["Only the school can change the Zoom host."]})
        return profile

    def update(self, user: User, values: dict[str, Any]) -> User:
        """Saves what was sent, and only that: another request may be changing the rest."""
        profile = values.pop("profile", None)
        with transaction.atomic():
            for name, value in values.items():
                setattr(user, name, value)
            user.save(update_fields=list(values))
            if profile:
                user.profile, _ = TeacherProfile.objects.update_or_create(user=user, defaults=profile)
        return user
