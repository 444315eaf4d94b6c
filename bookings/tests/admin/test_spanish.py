"""The admin of bookings for readers of Spanish."""

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.admin_client import AdminClient, errors, told
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync, TimeOff
from bookings.states import Move, Status
from bookings.tests.conftest import at, nothing_changes
from conftest import NOW

LIST = "bookings/booking/"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def maria(maria: User) -> User:
    """Maria, who reads Spanish."""
    maria.language = "es"
    maria.save()
    return maria


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_the_list(maria: User, pending: Booking) -> None:
    page = text(AdminClient(maria).page(LIST))
    for column in ("Comienzo", "Minutos", "Estudiante", "Docente", "Estado", "Reunión"):
        assert f">{column}<" in page
    assert ">Pendiente<" in page
    assert "mié 15 de ene de 2025, 10:00" in page.replace("\N{NO-BREAK SPACE}", " ")
    for choice in ("Próximas", "Hoy", "Pasadas", '<option value="confirm">Confirmar</option>'):
        assert choice in page


def test_a_booking_with_its_history(maria: User, pending: Booking) -> None:
    page = text(AdminClient(maria).page(f"{LIST}{pending.pk}/change/"))
    for words in ("Motivo de la cancelación", "Historial", "Pendiente de hacer", "Nuevo estado", 'value="Confirmar"'):
        assert words in page
    assert "Solicitar" in page  # the move that the history begins with


def test_confirming(maria: User, pending: Booking) -> None:
    chosen = {"action": "confirm", "_selected_action": [str(pending.pk)]}
    page = AdminClient(maria).send(LIST, **chosen)
    assert told(page) == ["mié 15 de ene de 2025, 10:00, Alice Adams con Maria Garcia: confirmada."]
    assert Booking.objects.get().status == Status.CONFIRMED
    with nothing_changes():
        page = AdminClient(maria).send(LIST, **chosen)
    [sentence] = told(page)
    assert sentence.endswith(": Una reserva solo puede ser confirmada si está pendiente; esta está confirmada")


def test_the_page_before_cancelling_and_what_is_stored(alice: User, maria: User, pending: Booking) -> None:
    make_booking(alice, maria, start=at("12:00"))
    ids = [str(pk) for pk in Booking.objects.values_list("pk", flat=True)]
    page = AdminClient(maria).send(LIST, action="cancel", _selected_action=ids)
    assert page.context["title"] == "Cancelar 2 reservas"
    assert "mié 15 de ene de 2025, 10:00, 60 minutos: Alice Adams con Maria Garcia, pendiente" in text(page)
    assert "La otra parte lo lee." in text(page)
    page = AdminClient(maria).send(LIST, action="cancel", _selected_action=ids, answered="1", reason="Enferma")
    assert [sentence.rpartition(": ")[2] for sentence in told(page)] == ["cancelada.", "cancelada."]
    change = pending.changes.get(move=Move.CANCEL)
    assert (change.reason, change.to_status) == ("Enferma", "CANCELLED")


def test_a_form_that_is_not_valid(maria: User) -> None:
    with nothing_changes():
        page = AdminClient(maria).send(
            "bookings/timeoff/add/", start_time="2025-03-10T09:00", end_time="2025-03-10T08:00", reason=""
        )
    assert errors(page) == {"__all__": ["El final debe ser posterior al comienzo."]}


def test_an_absence_is_named_by_its_times(maria: User) -> None:
    away = TimeOff.objects.create(teacher=maria, start_time=at("09:00"), end_time=at("18:00"))
    page = AdminClient(maria).page(f"bookings/timeoff/{away.pk}/change/")
    assert "mié 15 de ene de 2025, 09:00 a mié 15 de ene de 2025, 18:00" in text(page)


def test_the_page_of_a_stopped_event_quotes_the_stored_error(root: User, pending: Booking) -> None:
    root.language = "es"
    root.save()
    MeetingSync.objects.create(
        booking=pending, created_at=NOW, due_at=NOW, stopped_at=NOW, refusals=3, last_error="Validation Failed."
    )
    page = text(AdminClient(root).page(f"bookings/meetingsync/{MeetingSync.objects.get().pk}/change/"))
    sentence = "Zoom lo rechazó: Validation Failed. No se vuelve a preguntar a Zoom hasta que la administración"
    assert sentence in page
    assert ">Detalles técnicos<" in page
