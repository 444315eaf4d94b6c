"""What the API of bookings answers to callers who read Spanish, and that what is stored stays English."""

import datetime as dt
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from bookings.factories import make_booking
from bookings.models import Booking, MeetingSync
from bookings.states import Move, Status
from bookings.tests.conftest import BOOKINGS, Api, at, nothing_changes, refused, wish
from bookings.tests.fake_zoom import UNKNOWN, Failure, FakeZoom
from bookings.tests.slot_parts import SLOTS
from conftest import NOW

SPANISH: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": "es-ES,es;q=0.9,en;q=0.5"}
WEEK = "/api/bookings/availability/week/"


@pytest.fixture
def begun(alice: User, maria: User) -> Booking:
    """A confirmed session that starts this very moment."""
    return make_booking(alice, maria, start=NOW, status=Status.CONFIRMED)


def test_a_time_that_is_taken(alice: User, bob: User, maria: User, api_for: Api) -> None:
    make_booking(bob, maria, start=at("10:00"))
    with nothing_changes():
        answer = api_for(alice).post(BOOKINGS, wish(maria), **SPANISH)
    assert refused(answer, 400, "El hueco no está disponible", "slot_unavailable")
    assert answer["Content-Language"] == "es"


def test_a_clash_with_an_own_session(alice: User, maria: User, carl: User, api_for: Api) -> None:
    make_booking(alice, carl, start=at("10:00"))
    details = api_for(alice).post(BOOKINGS, wish(maria), **SPANISH).json()["details"]
    assert details == {"start_time": ["Tienes otra sesión a esa hora."]}


@pytest.mark.parametrize(
    ("most", "sentence"),
    [
        (1, "Tienes 1 solicitud sin respuesta; espera primero una respuesta"),
        (2, "Tienes 2 solicitudes sin respuesta; espera primero una respuesta"),
    ],
)
def test_a_refusal_that_counts(
    most: int, sentence: str, alice: User, maria: User, api_for: Api, settings: Settings
) -> None:
    settings.MAX_PENDING_PER_STUDENT = most
    for hour in range(most):
        make_booking(alice, maria, start=at(f"{10 + hour}:00"))
    answer = api_for(alice).post(BOOKINGS, wish(maria, "2025-01-15T15:00:00Z"), **SPANISH)
    assert refused(answer, 400, sentence, "too_many_pending")


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (1, "Tu docente pide 1 minuto de antelación"),
        (60 * 24 * 7, "Tu docente pide 10080 minutos de antelación"),
    ],
)
def test_the_notice_that_a_teacher_asks_for(
    minutes: int, sentence: str, maria: User, alice: User, api_for: Api
) -> None:
    maria.profile.cancel_notice_minutes = minutes
    maria.profile.save()
    soon = make_booking(alice, maria, start=NOW + dt.timedelta(seconds=30))
    assert refused(api_for(alice).post(f"{BOOKINGS}{soon.id}/cancel/", **SPANISH), 400, sentence, "notice_too_short")


def test_a_body_that_is_not_valid(alice: User, maria: User, api_for: Api) -> None:
    answer = api_for(alice).post(BOOKINGS, wish(maria, "2025-01-15T10:00:30Z"), **SPANISH)
    sentence = "Las sesiones empiezan en un minuto exacto."
    assert refused(answer, 400, f"start_time: {sentence}", "invalid")
    assert answer.json()["details"] == {"start_time": [sentence]}


def test_a_year_that_nobody_books(alice: User, maria: User, api_for: Api) -> None:
    answer = api_for(alice).post(BOOKINGS, wish(maria, "1999-01-15T10:00:00Z"), **SPANISH)
    assert refused(answer, 400, "start_time: El año debe estar entre 2000 y 2200.", "invalid")


def test_a_time_that_the_clock_skips(alice: User, maria: User, api_for: Api) -> None:
    maria.timezone = "Europe/Madrid"
    maria.save()
    answer = api_for(alice).post(BOOKINGS, wish(maria, "2025-03-30T02:30:00"), **SPANISH)
    sentence = "start_time: El reloj de Europe/Madrid se salta esta hora; envía otra, o una con desfase horario."
    assert refused(answer, 400, sentence, "invalid")


def test_the_windows_of_a_week_by_their_weekday(maria: User, api_for: Api) -> None:
    windows = [{"day_of_week": 0, "start_time": start, "end_time": "12:00"} for start in ("09:00", "10:00")]
    answer = api_for(maria).put(WEEK, {"windows": windows}, **SPANISH)
    sentence = "windows: Las franjas lunes de 09:00 a 12:00 y lunes de 10:00 a 12:00 se solapan."
    assert refused(answer, 400, sentence, "invalid")


def test_a_booking_of_somebody_else(bob: User, pending: Booking, api_for: Api) -> None:
    for answer in (
        api_for(bob).get(f"{BOOKINGS}{pending.id}/", **SPANISH),
        api_for(bob).post(f"{BOOKINGS}{pending.id}/cancel/", **SPANISH),
    ):
        assert refused(answer, 404, "Reserva no encontrada", "not_found")


def test_the_refusal_of_a_role_is_spanish(alice: User, pending: Booking, api_for: Api) -> None:
    answer = api_for(alice).post(f"{BOOKINGS}{pending.id}/confirm/", **SPANISH)
    assert refused(answer, 403, "Solo docentes pueden confirmar reservas", "permission_denied")


def test_the_refusal_of_a_status_is_spanish(alice: User, completed: Booking, api_for: Api) -> None:
    answer = api_for(alice).post(f"{BOOKINGS}{completed.id}/cancel/", **SPANISH)
    sentence = "Una reserva solo puede ser cancelada si está pendiente o confirmada; esta está completada"
    assert refused(answer, 400, sentence, "wrong_status")


def test_a_decision_on_another_version(pending: Booking, maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/", {"expected_version": 7}, **SPANISH)
    assert refused(answer, 400, "La reserva ha cambiado desde que la viste; vuelve a mirarla", "changed")
    told = "Ahora está pendiente, de 2025-01-15T10:00:00Z a 2025-01-15T11:00:00Z, en la versión 1."
    assert answer.json()["details"] == {"expected_version": [told]}


def test_the_message_of_a_confirmation_is_spanish(pending: Booking, maria: User, api_for: Api) -> None:
    answer = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/", **SPANISH).json()
    assert answer["message"] == "Reserva confirmada y reunión de Zoom creada"
    assert answer["booking"]["status"] == "CONFIRMED"


def test_the_reasons_of_times_that_are_not_offered(alice: User, bob: User, maria: User, api_for: Api) -> None:
    make_booking(bob, maria, start=at("10:00"))
    query = {"teacher_id": str(maria.id), "date": "2025-01-15", "explain": "true"}
    answer = api_for(alice).get(SLOTS, query, **SPANISH)
    told = {each["reason"]: each["message"] for each in answer.json()["not_offered"]}
    assert told == {
        "outside_hours": "La sesión quedaría fuera del horario de tu docente.",
        "booked": "Tu docente tiene otra sesión a esa hora.",
    }


def test_the_next_caller_reads_english(pending: Booking, bob: User, api_for: Api) -> None:
    api_for(bob).get(f"{BOOKINGS}{pending.id}/", **SPANISH)
    assert refused(api_for(bob).get(f"{BOOKINGS}{pending.id}/"), 404, "Booking not found", "not_found")


def test_a_list_formats_no_refusals(
    alice: User, completed: Booking, pending: Booking, api_for: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row asks twice whether a move is refused; to word why would cost more than the row."""

    def fail(*sentence: Any) -> str:
        raise AssertionError(sentence)

    for name in ("_", "ngettext"):
        monkeypatch.setattr(f"bookings.moves.{name}", fail)
    shown = api_for(alice).get(BOOKINGS, **SPANISH).json()["results"]
    assert [each["can_cancel"] for each in shown] == [False, True]


# --- What is stored ---------------------------------------------------------------------------------------------------


def test_the_history_is_in_english(begun: Booking, maria: User, api_for: Api) -> None:
    told = api_for(maria).post(f"{BOOKINGS}{begun.id}/complete/", {"outcome": "student_absent"}, **SPANISH)
    assert told.json()["message"] == "Reserva completada correctamente"
    corrected = api_for(maria).patch(f"{BOOKINGS}{begun.id}/", {"outcome": "teacher_absent"}, **SPANISH)
    assert corrected.status_code == 200
    reasons = (
        begun.changes.filter(move__in=(Move.COMPLETE, Move.CORRECT)).order_by("id").values_list("reason", flat=True)
    )
    assert list(reasons) == ["The student did not come", "The teacher did not come"]


def test_a_failure_of_zoom_is_shown_in_spanish_and_stored_in_english(
    pending: Booking, maria: User, api_for: Api, zoom: FakeZoom
) -> None:
    zoom.fail("POST", UNKNOWN["silence"])
    answer = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/", **SPANISH)
    sentence = "No se pudo crear la reunión de Zoom: Zoom no respondió a tiempo."
    assert refused(answer, 500, sentence, "zoom_failed")
    assert MeetingSync.objects.get().last_error == "Zoom did not answer in time."


def test_zooms_own_messages_are_not_translated(pending: Booking, maria: User, api_for: Api, zoom: FakeZoom) -> None:
    zoom.fail("POST", Failure(status=400, body={"code": 300, "message": "Too bad."}))
    answer = api_for(maria).post(f"{BOOKINGS}{pending.id}/confirm/", **SPANISH)
    assert answer.json()["error"] == "No se pudo crear la reunión de Zoom: Too bad."


def test_an_answer_under_a_key_is_repeated_as_it_was(pending: Booking, maria: User, api_for: Api) -> None:
    path = f"{BOOKINGS}{pending.id}/decline/"
    key: dict[str, Any] = {"HTTP_IDEMPOTENCY_KEY": "once"}
    first = api_for(maria).post(path, **key, **SPANISH)
    again = api_for(maria).post(path, **key)
    assert first.json()["message"] == "Reserva rechazada correctamente"
    assert again.json() == first.json()
