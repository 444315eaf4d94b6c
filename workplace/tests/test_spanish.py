"""The workplace of a teacher who chose Spanish."""

import pytest

from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking
from bookings.states import Status
from bookings.stored_reasons import UNANSWERED
from conftest import NOW
from workplace.tests.pages import AdminClient, madrid, read, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]


@pytest.fixture
def maria(maria: User) -> User:
    maria.language = "es"
    maria.save()
    return maria


def test_the_first_page(maria: User, pending: Booking) -> None:
    page = read(maria, "")
    for words in (
        "Hoy Calendario Reservas Estudiantes Mi horario",
        "Horas de Madrid (UTC+1)",
        "Viernes 10 de enero",
        "Una solicitud espera tu respuesta Alice Adams · mié 15 ene, 10:00–11:00",
        "0 clases antes · 10:00 aquí, 04:00 en New York",
        "Mañana: nada.",
        "sesiones 0 de 40 h disponibles 0 h",
    ):
        assert words in page


def test_two_are_counted_in_the_plural(maria: User, alice: User, pending: Booking) -> None:
    make_booking(alice, maria, start=madrid("12:00"))
    assert "2 solicitudes esperan tu respuesta" in read(maria, "")


def test_the_week(maria: User, confirmed: Booking) -> None:
    page = read(maria, "calendar/?week=2025-W03")
    for words in ("13–19 de enero", "mié 15 ene", "12:00–13:00 Alice Adams, confirmada", "Ocupado en otro calendario"):
        assert words in page


def test_a_week_of_two_months(maria: User) -> None:
    assert "lun 27 ene – dom 2 feb" in read(maria, "calendar/?week=2025-W05")


def test_the_page_of_a_booking(maria: User, pending: Booking) -> None:
    page = read(maria, f"bookings/{pending.id}/")
    for words in ("Alice Adams, mié 15 ene, 10:00–11:00", "mié 15 ene 2025", "Espera tu respuesta", "Rechazar…"):
        assert words in page


def test_hours_have_a_decimal_comma(maria: User, alice: User) -> None:
    make_booking(alice, maria, start=madrid("09:00", day=10), minutes=90, status=Status.CONFIRMED)
    assert "de 40 h disponibles 1,5 h" in read(maria, "")


def test_the_message_after_a_click_is_spanish(maria: User, pending: Booking) -> None:
    page = AdminClient(maria).send(f"bookings/{pending.id}/decline/", reason="Estoy de viaje")
    assert told(page) == ["Rechazada: Alice Adams, mié 15 ene, 10:00–11:00."]
    pending.refresh_from_db()
    assert (pending.status, pending.cancellation_reason) == (Status.CANCELLED, "Estoy de viaje")
    assert "Maria Garcia rechazó la solicitud." in read(maria, f"bookings/{pending.id}/")


def test_an_outcome_is_stored_in_english_and_shown_in_spanish(maria: User, alice: User) -> None:
    held = make_booking(alice, maria, start=madrid("09:00", day=10), status=Status.CONFIRMED)
    AdminClient(maria).send(f"bookings/{held.id}/complete/", outcome="student_absent")
    assert [change.reason for change in held.changes.all()][-1] == "The student did not come"
    assert "Maria Garcia anotó: El estudiante no se presentó." in read(maria, f"bookings/{held.id}/")


def test_the_hours_and_their_errors(maria: User) -> None:
    page = AdminClient(maria).send("hours/", **{"from-0": "12:00", "to-0": "11:00"}, do="save")
    content = page.content.decode()
    for words in ("Lunes", "El final debe ser posterior al comienzo.", "Guardar la semana"):
        assert words in content


def test_the_same_page_for_the_next_teacher_is_english(maria: User, carl: User) -> None:
    read(maria, "")
    assert "Nobody is waiting." in read(carl, "")


def test_an_automatic_reason_is_translated(maria: User, pending: Booking) -> None:
    pending.cancel(by=None, now=NOW, reason=UNANSWERED)
    assert read(maria, f"bookings/{pending.id}/").count("Sin respuesta antes de su comienzo") == 2
    pending.refresh_from_db()
    assert pending.cancellation_reason == "Not answered before its start"
