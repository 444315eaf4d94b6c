"""Validate what callers send."""

from collections.abc import Mapping
from typing import Any, TypeVar

from rest_framework import serializers

S = TypeVar("S", bound=serializers.Serializer[Any])


def valid(serializer: S) -> S:
    """Return the serializer once its data has proved valid. Raises ValidationError (400)."""
    serializer.is_valid(raise_exception=True)
    return serializer


class OnlyKnownFields(serializers.Serializer[Any]):
    """Refuse unknown and read-only fields instead of ignoring them, so that nobody believes they changed their role."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values. Raises ValidationError."""
        writable = {name for name, field in self.fields.items() if not field.read_only}
        refused = set(data) - writable if isinstance(data, Mapping) else set()
        if refused:
            raise serializers.ValidationError({name: ["This cannot be changed here."] for name in sorted(refused)})
        return super().to_internal_value(data)
