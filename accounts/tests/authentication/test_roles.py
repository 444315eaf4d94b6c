"""accounts.authentication.roles: where a project keeps the role, and under which name."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.authentication.roles import RoleClaim


@pytest.mark.parametrize(
    ("claim", "payload", "role"),
    [
        ("app_metadata.role", {"app_metadata": {"role": "TEACHER "}}, "teacher"),
        ("app_metadata.school.role", {"app_metadata": {"school": {"role": "student"}}}, "student"),
        ("app_metadata.school.role", {"app_metadata": {"school": "teacher"}}, None),
        ("app_metadata.roles[]", {"app_metadata": {"roles": ["parent", "Teacher", "student"]}}, "teacher"),
        ("app_metadata.roles[]", {"app_metadata": {"roles": ["student", 5, None]}}, "student"),
        ("app_metadata.roles[]", {"app_metadata": {"roles": "teacher"}}, None),
        ("app_metadata.roles[]", {"app_metadata": {"roles": []}}, None),
        ("user_role", {"user_role": "teacher"}, "teacher"),
        ("user_role", {"user_role": "teacher", "app_metadata": {"role": "student"}}, "teacher"),
        ("user_role", {"app_metadata": {"role": "teacher"}, "user_metadata": {"user_role": "teacher"}}, None),
    ],
)
def test_the_role_is_read_where_the_setting_says(claim: str, payload: dict[str, Any], role: str | None) -> None:
    assert RoleClaim.parse(claim).read(payload) == role


def test_a_projects_own_names_work_beside_ours() -> None:
    claim = RoleClaim.parse("app_metadata.role", ["Tutor=teacher", "pupil = student"])
    found = [claim.read({"app_metadata": {"role": name}}) for name in ("tutor", "PUPIL", "teacher", "headmaster")]
    assert found == ["teacher", "student", "teacher", None]


@pytest.mark.parametrize("app_metadata", [{}, {"role": None}, {"role": "headmaster"}])
def test_where_a_role_is_required_its_absence_makes_a_student(app_metadata: dict[str, Any]) -> None:
    claim = RoleClaim.parse("app_metadata.role", is_required=True)
    assert claim.read({"app_metadata": app_metadata}) == "student"
    assert claim.read({"app_metadata": {"role": "teacher"}}) == "teacher"


@pytest.mark.parametrize(
    ("claim", "names", "metadata"),
    [
        ("app_metadata.role", [], {"role": "teacher"}),
        ("app_metadata.kind", ["tutor=teacher"], {"kind": "tutor"}),
        ("app_metadata.roles[]", [], None),
        ("app_metadata.school.role", [], None),
        ("user_role", [], None),
    ],
)
def test_it_says_what_gives_a_role_or_that_only_the_project_can(
    claim: str, names: list[str], metadata: dict[str, str] | None
) -> None:
    assert RoleClaim.parse(claim, names).as_metadata("teacher") == metadata


@pytest.mark.parametrize(
    "claim", ["user_metadata.role", "role", "email", "app_metadata.", ".role", "app_metadata..role", ""]
)
def test_a_claim_that_users_write_or_a_malformed_one_stops_the_start(claim: str) -> None:
    with pytest.raises(
        ImproperlyConfigured, match="SUPABASE_ROLE_CLAIM must be a claim that only administrators write"
    ):
        RoleClaim.parse(claim)


@pytest.mark.parametrize("name", ["tutor", "tutor=", "=teacher", "tutor=admin", "tutor:teacher"])
def test_a_name_that_means_no_role_stops_the_start(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SUPABASE_ROLE_NAMES must list names such as"):
        RoleClaim.parse("app_metadata.role", [name])
