"""The claim that names the application role, and the project's own names for roles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured

STUDENT, TEACHER = "student", "teacher"
OWN_NAMES = {STUDENT: STUDENT, TEACHER: TEACHER}
# Claims that users can write or that mean something else: supabase.com/docs/guides/auth/jwt-fields
NOT_FOR_ROLES = ("user_metadata", "role", "email", "phone", "sub", "iss", "aud", "aal", "amr", "session_id")


@dataclass(frozen=True, slots=True)
class RoleClaim:
    """The claim at `path`. It holds a name, or with `is_list` a list of names, of which `teacher` takes precedence.

    With `is_required` the project always writes it: a token without a known name makes a student.
    """

    path: tuple[str, ...] = ("app_metadata", "role")
    names: Mapping[str, str] = field(default_factory=lambda: OWN_NAMES)
    is_list: bool = False
    is_required: bool = False

    @classmethod
    def parse(cls, claim: str, names: Iterable[str] = (), *, is_required: bool = False) -> Self:
        """Read a path such as `app_metadata.roles[]` and names such as `tutor=teacher`. Raises ImproperlyConfigured."""
        path = tuple(claim.removesuffix("[]").split("."))
        if not all(path) or path[0] in NOT_FOR_ROLES:
            raise ImproperlyConfigured(
                "SUPABASE_ROLE_CLAIM must be a claim that only administrators write, such as app_metadata.role, "
                f"app_metadata.roles[] or user_role; not {claim!r}."
            )
        return cls(path, OWN_NAMES | dict(map(_pair, names)), claim.endswith("[]"), is_required)

    def read(self, payload: Mapping[str, Any]) -> str | None:
        """Return the role that a verified payload names, or None."""
        value: Any = payload
        for step in self.path:
            value = value.get(step) if isinstance(value, Mapping) else None
        named = [value] if not self.is_list else value if isinstance(value, list) else []
        roles = {self.names.get(name.strip().lower()) for name in named if isinstance(name, str)}
        found = next((role for role in (TEACHER, STUDENT) if role in roles), None)
        return STUDENT if found is None and self.is_required else found

    @property
    def is_stored_by_supabase(self) -> bool:
        """Return whether Supabase stores the claim with the user; any other is added by a hook at issue."""
        return self.path[0] == "app_metadata"

    def as_metadata(self, role: str) -> dict[str, str] | None:
        """Return the part of `app_metadata` that gives this role; None where only the project itself can write it."""
        if len(self.path) != 2 or not self.is_stored_by_supabase or self.is_list:
            return None
        # The project's own name for the role, if any, is listed after ours.
        return {self.path[1]: [role, *(name for name, meaning in self.names.items() if meaning == role)][-1]}


def _pair(text: str) -> tuple[str, str]:
    name, _, role = (word.strip().lower() for word in text.partition("="))
    if not name or role not in OWN_NAMES:
        raise ImproperlyConfigured(
            f"SUPABASE_ROLE_NAMES must list names such as tutor=teacher,pupil=student; not {text!r}."
        )
    return name, role
