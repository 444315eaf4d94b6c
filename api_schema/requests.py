"""Validate what callers send."""

import heapq
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

    # A body may hold tens of thousands of names, and each may be as long as a body.
    most_named, longest_name = 20, 100

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values. Raises ValidationError, which names the first of the fields it cannot change."""
        writable = {name for name, field in self.fields.items() if not field.read_only}
        refused = data.keys() - writable if isinstance(data, Mapping) else set()
        if refused:
            named = [name[: self.longest_name] for name in heapq.nsmallest(self.most_named, refused)]
            raise serializers.ValidationError({name: ["This cannot be changed here."] for name in named})
        return super().to_internal_value(data)
