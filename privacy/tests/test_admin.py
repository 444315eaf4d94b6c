"""Erasing accounts in the admin."""

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient, told
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Actor, Status
from bookings.tests.conftest import at
from conftest import NOW
from privacy.models import Erasure

USERS, ERASURES = "accounts/user/", "privacy/erasure/"

pytestmark = pytest.mark.usefixtures("now")


def choose(client: AdminClient, *people: User, **fields: Any) -> Any:
    form = {"action": "erase", "_selected_action": [str(person.pk) for person in people]} | fields
    return client.send(USERS, **form)


def test_it_asks_for_the_address_first(root: User, alice: User) -> None:
    page = choose(AdminClient(root), alice)
    assert page.status_code == 200
    assert f"<strong>{alice.email}</strong>" in page.content.decode()
    alice.refresh_from_db()
    assert alice.is_active


def test_the_account_is_erased_and_its_bookings_are_cancelled_by_staff(root: User, alice: User, maria: User) -> None:
    booking = make_booking(alice, maria, start=at("10:00"))
    page = choose(AdminClient(root), alice, answered="1", confirm=alice.email)
    assert told(page) == ["The account is erased. Bookings cancelled: 1."]
    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by) == (Status.CANCELLED, Actor.STAFF)
    account = User.objects.get(pk=alice.pk)
    assert (account.email, account.name, account.is_active, account.erased_at) == ("", "", False, NOW)
    assert Erasure.objects.get().by == root


@pytest.mark.parametrize("confirm", ["", "bob@example.com", "root@example.com"])
def test_a_wrong_address_erases_nobody(confirm: str, root: User, alice: User) -> None:
    page = choose(AdminClient(root), alice, answered="1", confirm=confirm)
    assert page.context["form"].errors
    assert not User.objects.exclude(erased_at=None).exists()


def test_only_one_account_is_erased_at_a_time(root: User, alice: User, bob: User) -> None:
    assert told(choose(AdminClient(root), alice, bob)) == ["Choose one account. Nothing was changed."]


def test_the_only_superuser_stays(root: User) -> None:
    page = choose(AdminClient(root), root, answered="1", confirm=root.email)
    assert page.context["form"].non_field_errors() == ["You are the only superuser; make another one first"]
    assert User.objects.get(pk=root.pk).is_active


def test_teachers_cannot_erase_accounts(maria: User, alice: User) -> None:
    page = choose(AdminClient(maria), alice, answered="1", confirm=alice.email)
    assert page.status_code == 403
    assert User.objects.get(pk=alice.pk).is_active


def test_the_account_form_restores_nothing(root: User, alice: User) -> None:
    client = AdminClient(root)
    choose(client, alice, answered="1", confirm=alice.email)
    form = {"email": "new@example.com", "timezone": "UTC", "role": "student", "is_active": "on"}
    assert client.send(f"{USERS}{alice.pk}/change/", **form).status_code == 403
    assert "Erased account" in client.page(f"{USERS}{alice.pk}/change/").content.decode()
    assert not User.objects.get(pk=alice.pk).is_active


def test_an_unfinished_erasure_is_shown_and_retried(root: User, alice: User) -> None:
    client = AdminClient(root)
    choose(client, alice, answered="1", confirm=alice.email)
    erasure = Erasure.objects.get()
    Erasure.objects.update(done_at=None, due_at=at("10:00"), last_error="It refuses the key.")
    assert "It refuses the key." in client.page(ERASURES).content.decode()
    assert "Waits until" in client.page(f"{ERASURES}{erasure.pk}/change/").content.decode()
    page = client.send(ERASURES, action="retry", _selected_action=[str(erasure.pk)])
    assert told(page) == ["Tried again in a moment: 1."]
    assert Erasure.objects.get().due_at == NOW


def test_teachers_do_not_see_erasures(maria: User) -> None:
    assert AdminClient(maria).page(ERASURES).status_code == 403
    assert Booking.objects.count() == 0


def test_it_is_asked_and_answered_in_spanish(root: User, alice: User) -> None:
    root.language = "es"
    root.save()
    client = AdminClient(root)
    page = choose(client, alice)
    assert page.context["title"] == f"Borrar definitivamente a {alice}"
    assert "No hay forma de recuperarla." in page.content.decode()
    page = choose(client, alice, answered="1", confirm="bob@example.com")
    sentence = "confirm: Escribe la dirección de correo de la cuenta para borrarla definitivamente."
    assert page.context["form"].non_field_errors() == [sentence]
    page = choose(client, alice, answered="1", confirm=alice.email)
    assert told(page) == ["La cuenta está borrada. Reservas canceladas: 0."]
