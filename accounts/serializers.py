"""Accounts, as callers read and change them."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import TeacherProfile, User
from api_schema.fields import ModelSerializer
from api_schema.requests import OnlyKnownFields


class ProfileSerializer(OnlyKnownFields, ModelSerializer[TeacherProfile]):
    """A teacher's profile, and their rules for students. Times are in minutes."""

    class Meta:
        model = TeacherProfile
        fields = [
            *("headline", "bio", "zoom_host", "slot_interval_minutes", "buffer_minutes"),
            *("minimum_notice_minutes", "horizon_days", "cancel_notice_minutes", "reschedule_notice_minutes"),
            "reconfirm_moves",
        ]

    def get_attribute(self, instance: User) -> TeacherProfile | None:
        return instance.rules if instance.is_teacher else None


class MeSerializer(OnlyKnownFields, ModelSerializer[User]):
    """The caller's own account."""

    profile = ProfileSerializer(required=False)

    class Meta:
        model = User
        fields = ["id", "email", "role", "first_name", "last_name", "timezone", "language", "profile"]
        read_only_fields = ["id", "email", "role"]

    def validate_profile(self, profile: dict[str, Any]) -> dict[str, Any]:
        """Refuse a profile for students, and a change of the Zoom host, which only staff may set."""
        assert self.instance is not None
        if not self.instance.is_teacher:
            raise serializers.ValidationError(_("Only teachers have a profile."))
        if profile.get("zoom_host", self.instance.rules.zoom_host) != self.instance.rules.zoom_host:
            raise serializers.ValidationError({"zoom_host": [_("Only the school can change the Zoom host.")]})
        return profile

    def update(self, user: User, values: dict[str, Any]) -> User:
        """Save only the fields that were sent: another request may be changing the rest."""
        profile = values.pop("profile", None)
        with transaction.atomic():
            for name, value in values.items():
                setattr(user, name, value)
            user.save(update_fields=list(values))
            if profile:
                user.profile, _created = TeacherProfile.objects.update_or_create(user=user, defaults=profile)
        return user


class AdminLinkSerializer(serializers.Serializer[Any]):
    """A one-time sign-in link."""

    url = serializers.URLField(read_only=True, help_text="Signs in to the admin, once; open it in a browser.")
    expires_at = serializers.DateTimeField(read_only=True, help_text="UTC; a minute from now.")
