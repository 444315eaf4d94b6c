"""Mails and invitations to somebody who chose Spanish."""

import pytest
import vobject
from django.utils import translation

from accounts.models import User
from bookings import services
from bookings.models import Booking
from bookings.states import Actor, Status
from bookings.stored_reasons import UNANSWERED
from bookings.tests.fake_zoom import FakeZoom
from bookings.tests.outbox_parts import confirm
from conftest import NOW
from notifications.delivery import mail
from notifications.kinds import Kind
from notifications.tests.conftest import Deliver
from notifications.tests.parts import message, requested

WHEN = "miércoles 15 de enero de 2025, 11:00 a 12:00"


@pytest.fixture
def reader(madrid: User) -> User:
    """Alice, by Madrid's clock and in Spanish."""
    madrid.first_name, madrid.last_name, madrid.language = "Alicia", "Adán", "es"
    madrid.save()
    return madrid


@pytest.fixture
def booking(reader: User, maria: User) -> Booking:
    booking = requested(reader, maria)
    booking.zoom_password, booking.zoom_join_url = "aB3", "https://zoom.us/j/1"
    return booking


@pytest.mark.parametrize(
    ("kind", "subject", "opening"),
    [
        (
            Kind.REQUESTED,
            f"Sesión solicitada: {WHEN}",
            "Se ha solicitado una sesión con Maria Garcia. Te avisaremos cuando se confirme o se rechace.",
        ),
        (Kind.CONFIRMED, f"Sesión confirmada: {WHEN}", "Tu sesión con Maria Garcia está confirmada."),
        (
            Kind.DECLINED,
            f"Solicitud rechazada: {WHEN}",
            "La solicitud de una sesión con Maria Garcia fue rechazada.",
        ),
        (Kind.CANCELLED, f"Sesión cancelada: {WHEN}", "Maria Garcia canceló tu sesión con Maria Garcia."),
        (
            Kind.EXPIRED,
            f"Solicitud caducada: {WHEN}",
            "La solicitud de una sesión con Maria Garcia no se respondió antes de su comienzo y ha caducado.",
        ),
        (
            Kind.MOVED,
            f"Sesión cambiada de hora: {WHEN}",
            "La sesión con Maria Garcia ha cambiado de hora. Estaba prevista para el miércoles 15 de enero de 2025, "
            "10:00.",
        ),
        (
            Kind.UNANSWERED,
            f"Una solicitud espera tu respuesta: {WHEN}",
            "Una sesión con Maria Garcia espera tu respuesta desde hace un día. Si no respondes, caduca a la hora de "
            "su comienzo.",
        ),
        (
            Kind.DAY_BEFORE,
            f"Mañana: sesión con Maria Garcia, {WHEN}",
            "Tu sesión con Maria Garcia es dentro de un día.",
        ),
        (
            Kind.HOUR_BEFORE,
            f"Dentro de una hora: sesión con Maria Garcia, {WHEN}",
            "Tu sesión con Maria Garcia empieza dentro de una hora.",
        ),
        (
            Kind.FEEDBACK_INVITED,
            "¿Qué tal tu sesión con Maria Garcia?",
            "Valora tu sesión con Maria Garcia, por favor.",
        ),
    ],
)
def test_every_kind_is_in_the_language_of_its_reader(kind: Kind, subject: str, opening: str, booking: Booking) -> None:
    booking.cancelled_by = Actor.TEACHER
    sent = mail(message(booking, kind, booking.student), now=NOW)
    assert sent.subject == subject
    assert sent.body.splitlines()[:4] == [opening, "", WHEN, "(Europe/Madrid, UTC+01:00)"]
    html = str(sent.alternatives[0][0])
    assert '<html lang="es">' in html
    assert opening in html
    assert translation.get_language() == "en"


def test_links_and_passcode_have_spanish_labels(booking: Booking) -> None:
    booking.status = Status.CONFIRMED
    lines = str(mail(message(booking, Kind.MOVED, booking.student), now=NOW).body).splitlines()
    assert "Entrar en Zoom: https://zoom.us/j/1" in lines
    assert "Código de acceso: aB3" in lines
    assert f"Abrir en la aplicación: https://app.example.com/bookings/{booking.id}" in lines


def test_a_written_reason_is_not_translated(booking: Booking) -> None:
    booking.status, booking.cancellation_reason = Status.CANCELLED, "I have a cold"
    assert "Motivo: I have a cold" in str(mail(message(booking, Kind.CANCELLED, booking.student), now=NOW).body)


def test_an_automatic_reason_is_translated(booking: Booking) -> None:
    booking.status, booking.cancellation_reason = Status.CANCELLED, UNANSWERED
    sent = mail(message(booking, Kind.EXPIRED, booking.student), now=NOW)
    assert "Motivo: Sin respuesta antes de su comienzo" in str(sent.body)
    assert "Reason: Not answered before its start" in str(
        mail(message(booking, Kind.EXPIRED, booking.teacher), now=NOW).body
    )


def test_the_invitation_is_in_the_readers_language(booking: Booking, zoom: FakeZoom) -> None:
    confirm(booking)
    booking.refresh_from_db()
    name, content, kind = mail(message(booking, Kind.CONFIRMED, booking.student), now=NOW).attachments[0]
    assert (name, kind) == ("invitation.ics", "text/calendar; method=REQUEST")
    assert vobject.readOne(content).vevent.summary.value == "Sesión con Maria Garcia"


def test_the_other_party_and_the_school_read_english(booking: Booking, maria: User) -> None:
    sent = mail(message(booking, Kind.CONFIRMED, maria), now=NOW)
    assert sent.subject == "Session confirmed: Wednesday 15 January 2025, 10:00 to 11:00"
    assert mail(message(booking, Kind.ZOOM_PROBLEM, None), now=NOW).subject.startswith("Zoom needs attention: session")


def test_the_language_of_the_request_that_caused_it_does_not_count(
    booking: Booking, maria: User, deliver: Deliver
) -> None:
    maria.email = "maria@example.com"
    maria.save()
    with translation.override("es"):
        services.cancel_booking(booking_id=booking.id, by=booking.student, reason="", now=NOW)
        subjects = {sent.to[0]: sent.subject for sent in deliver()}
    assert subjects == {
        "alice@example.com": f"Sesión cancelada: {WHEN}",
        "maria@example.com": "Session cancelled: Wednesday 15 January 2025, 10:00 to 11:00",
    }
