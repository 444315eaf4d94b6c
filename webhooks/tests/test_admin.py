"""Endpoints and deliveries in the admin: superusers alone."""

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient, errors, told
from bookings.factories import make_booking
from bookings.tests.conftest import at
from conftest import NOW
from testing.webhook_receiver import Receiver
from webhooks.delivery import WebhookCourier
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.usefixtures("now")
ENDPOINTS, DELIVERIES = "webhooks/endpoint/", "webhooks/delivery/"


def act(client: AdminClient, action: str, *rows: Endpoint | Delivery) -> Any:
    path = ENDPOINTS if isinstance(rows[0], Endpoint) else DELIVERIES
    return client.send(path, action=action, _selected_action=[str(row.pk) for row in rows])


def test_an_endpoint_is_added_and_its_page_shows_the_secret(root: User) -> None:
    client = AdminClient(root)
    client.send(f"{ENDPOINTS}add/", url="https://example.com/hooks", is_active="on")
    endpoint = Endpoint.objects.get()
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret in client.page(f"{ENDPOINTS}{endpoint.pk}/change/").content.decode()
    assert endpoint.secret not in client.page(ENDPOINTS).content.decode()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://example.com/", "The address must start with https://."),
        ("ftp://example.com/", "The address must start with https://."),
        ("https:///hooks", "The address must start with https://."),
        ("https://example.com:0/", "The address must start with https://."),
        ("https://example.com:99999/", "This is not an address."),
        ("https://[::1/", "This is not an address."),
        ("https://user:word@example.com/", "The address must hold neither a password nor a fragment."),
        ("https://example.com/#top", "The address must hold neither a password nor a fragment."),
        ("https://example.com/a b", "The address must be ASCII without blanks."),
        ("https://exämple.com/", "The address must be ASCII without blanks."),
        ("", "This field is required."),
    ],
)
def test_a_malformed_address_is_refused(address: str, sentence: str, root: User) -> None:
    page = AdminClient(root).send(f"{ENDPOINTS}add/", url=address, is_active="on")
    assert page.context["adminform"].form.errors == {"url": [sentence]}
    assert not Endpoint.objects.exists()


def test_a_test_event_is_posted(root: User, endpoint: Endpoint, receiver: Receiver) -> None:
    [sentence] = told(act(AdminClient(root), "send_test", endpoint))
    delivery = Delivery.objects.get()
    assert delivery.webhook_id in sentence
    WebhookCourier().deliver_due(now=NOW)
    assert b'"type":"endpoint.test"' in receiver.taken[0].body


def test_the_last_day_is_replayed(root: User, endpoint: Endpoint, receiver: Receiver, alice: User, maria: User) -> None:
    make_booking(alice, maria, start=at("10:00"))
    Delivery.objects.update(created_at=NOW, due_at=NOW)
    WebhookCourier().deliver_due(now=NOW)
    assert told(act(AdminClient(root), "replay", endpoint)) == [f"{endpoint.url}: 1 messages are sent again."]
    WebhookCourier().deliver_due(now=NOW)
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1 < len(receiver.taken)


def test_the_secret_is_rotated(root: User, endpoint: Endpoint) -> None:
    former = endpoint.secret
    page = act(AdminClient(root), "rotate", endpoint)
    endpoint.refresh_from_db()
    assert (endpoint.former_secret, endpoint.secret == former) == (former, False)
    assert endpoint.secret not in page.content.decode()


def test_reactivating_clears_the_reason(root: User, endpoint: Endpoint) -> None:
    endpoint.disable("It answered 410.")
    client = AdminClient(root)
    assert "It answered 410." in client.page(ENDPOINTS).content.decode()
    Endpoint.objects.update(url="https://example.com/")
    client.send(f"{ENDPOINTS}{endpoint.pk}/change/", url="https://example.com/", is_active="on")
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_reason) == (True, "")


def test_the_log_shows_results_and_can_retry(
    root: User, endpoint: Endpoint, receiver: Receiver, alice: User, maria: User
) -> None:
    client = AdminClient(root)
    make_booking(alice, maria, start=at("10:00"))
    delivery = Delivery.objects.get()
    Delivery.objects.update(stopped_at=NOW, last_status=500, last_error="The endpoint answered 500.", attempts=80)
    page = client.page(f"{DELIVERIES}?state=stopped").content.decode()
    assert "The endpoint answered 500." in page
    assert "Alice Adams with Maria Garcia" in client.page(f"{DELIVERIES}{delivery.pk}/change/").content.decode()
    assert told(act(client, "retry", delivery)) == ["Tried again in a moment: 1."]
    WebhookCourier().deliver_due(now=NOW)
    assert len(receiver.taken) == 1


@pytest.mark.parametrize("page", [ENDPOINTS, f"{ENDPOINTS}add/", DELIVERIES])
def test_teachers_cannot_see_webhooks(page: str, maria: User) -> None:
    assert AdminClient(maria).page(page).status_code == 403


def test_teachers_cannot_use_webhooks(maria: User, endpoint: Endpoint) -> None:
    assert act(AdminClient(maria), "send_test", endpoint).status_code == 403
    assert not Delivery.objects.exists()


def test_the_pages_are_in_spanish(root: User, endpoint: Endpoint) -> None:
    root.language = "es"
    root.save()
    client = AdminClient(root)
    Delivery.objects.create(
        endpoint=endpoint, event_type="endpoint.test", created_at=NOW, due_at=NOW, give_up_at=NOW + Delivery.PATIENCE
    )
    [sentence] = told(act(client, "replay", endpoint))
    assert sentence == f"{endpoint.url}: se vuelve a enviar 1 mensaje."
    page = client.page(DELIVERIES).content.decode()
    for words in ("Tipo de evento", "Último error", "Para ahora", "Reintentar ahora las seleccionadas"):
        assert words in page
    page = client.send(f"{ENDPOINTS}add/", url="ftp://example.com/", is_active="on")
    assert errors(page) == {"url": ["La dirección debe empezar por https://."]}
