"""/admin/accounts/teacherprofile/"""

import uuid

import pytest

from accounts.models import Role, User
from accounts.tests.admin.profile_parts import PROFILE
from accounts.tests.admin_client import AdminClient, errors, told

pytestmark = pytest.mark.django_db


def test_a_teacher_edits_their_own_profile_and_zone(maria: User) -> None:
    own = f"accounts/teacherprofile/{maria.id}/change/"
    page = AdminClient(maria).page("accounts/teacherprofile/")
    assert page.redirect_chain == [(f"/admin/{own}", 302)]

    AdminClient(maria).send(own, **PROFILE, role="student", is_superuser="on", user=str(uuid.uuid4()))
    maria = User.objects.get(id=maria.id)
    assert (maria.profile.headline, maria.profile.buffer_minutes, maria.timezone) == ("Spanish", 10, "Europe/Madrid")
    assert (maria.role, maria.is_superuser) == (Role.TEACHER, False)
    assert maria.profile.zoom_host == ""


@pytest.mark.parametrize("page", ["change/", "history/"])
def test_a_teacher_cannot_open_another_teachers_profile(page: str, maria: User, carl: User) -> None:
    path = f"accounts/teacherprofile/{carl.id}/{page}"
    for answer in (AdminClient(maria).page(path), AdminClient(maria).send(path, **PROFILE)):
        assert answer.redirect_chain == [("/admin/", 302)]
        assert "exist" in told(answer)[0]
        assert "German" not in answer.content.decode()
    carl = User.objects.get(id=carl.id)
    assert (carl.profile.headline, carl.timezone) == ("German", "UTC")


def test_a_superuser_edits_any_profile(root: User, carl: User) -> None:
    AdminClient(root).send(f"accounts/teacherprofile/{carl.id}/change/", **PROFILE)
    carl, root = User.objects.get(id=carl.id), User.objects.get(id=root.id)
    assert (carl.profile.headline, carl.timezone, root.timezone) == ("Spanish", "Europe/Madrid", "UTC")


def host(root: User, carl: User, value: str) -> tuple[list[str], str]:
    """Set the host as staff. Return the fields with errors, and the host afterwards."""
    page = AdminClient(root).send(f"accounts/teacherprofile/{carl.id}/change/", **(PROFILE | {"zoom_host": value}))
    found = page.context["adminform"].form.errors if page.context and "adminform" in page.context else {}
    return list(found), User.objects.get(id=carl.id).profile.zoom_host


def test_staff_set_the_zoom_host_and_it_is_checked(root: User, carl: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def check(name: str) -> str:
        asked.append(name)
        return "There is no such user in the Zoom account." if name.startswith("nobody") else ""

    monkeypatch.setattr("accounts.zoom_hosts._checks", [check])
    assert host(root, carl, "nobody@example.com") == (["zoom_host"], "")
    assert host(root, carl, "carl@example.com") == ([], "carl@example.com")
    # An unchanged host is not checked again: Zoom may be unavailable.
    assert host(root, carl, "carl@example.com") == ([], "carl@example.com")
    assert host(root, carl, "../users/someone") == (["zoom_host"], "carl@example.com")
    assert asked == ["nobody@example.com", "carl@example.com"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("headline", "two\x1blines"),
        ("timezone", "../../etc/passwd"),
        ("buffer_minutes", "241"),
        ("slot_interval_minutes", "4"),
        ("horizon_days", "-1"),
        ("bio", "nul \x00"),
    ],
)
def test_a_profile_refuses_what_the_api_refuses(field: str, value: str, maria: User) -> None:
    page = AdminClient(maria).send(f"accounts/teacherprofile/{maria.id}/change/", **(PROFILE | {field: value}))
    assert list(errors(page)) == [field]
    maria = User.objects.get(id=maria.id)
    assert (maria.profile.headline, maria.timezone) == ("", "UTC")
