"""What the API answers to callers who read Spanish, by the kinds of refusals; the code is the same for everybody."""

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.factories import make_student, make_teacher
from accounts.models import User
from accounts.tests.admin_client import AdminClient
from conftest import Client
from rag_app.tests.throttling_parts import few as few

pytestmark = pytest.mark.django_db

SPANISH: dict[str, Any] = {"HTTP_ACCEPT_LANGUAGE": "es-MX,es;q=0.9,en;q=0.5"}
ME, LINK, TEACHERS = "/api/accounts/me/", "/api/accounts/me/admin-link/", "/api/accounts/teachers/"


@pytest.fixture
def alice() -> User:
    return make_student(first_name="Alice")


def refused(answer: Any, status: int, sentence: str, code: str) -> bool:
    """Check the whole answer but its details, and that it names its language."""
    assert (answer.status_code, answer.json()["error"], answer.json()["code"]) == (status, sentence, code)
    assert answer["Content-Language"] == "es"
    return "Accept-Language" in answer["Vary"]


def test_a_missing_token_is_refused_in_spanish(api_for: Any) -> None:
    assert refused(api_for(None).get(ME, **SPANISH), 401, "Falta el token de acceso.", "not_authenticated")


def test_a_forged_token_is_refused_in_spanish(api_for: Any) -> None:
    answer = api_for(None).get(ME, HTTP_AUTHORIZATION="Bearer x", **SPANISH)
    assert refused(answer, 401, "El token no es válido o ha caducado.", "invalid_token")


def test_an_unknown_url_is_404_in_spanish() -> None:
    answer = Browser().get("/api/nothing/", **SPANISH)
    assert refused(answer, 404, "No hay nada en esta dirección.", "not_found")


def test_a_missing_page_is_404_in_spanish(alice: User, api_for: Any) -> None:
    answer = api_for(alice).get(f"{TEACHERS}?page=9", **SPANISH)
    assert refused(answer, 404, "No existe esa página.", "not_found")


def test_an_unknown_method_is_405_in_spanish(alice: User, api_for: Any) -> None:
    answer = api_for(alice).delete(ME, **SPANISH)
    assert refused(answer, 405, 'El método "DELETE" no está permitido.', "method_not_allowed")


def test_a_staff_page_is_refused_in_spanish(alice: User, api_for: Any) -> None:
    sentence = "Solo los docentes y el personal pueden entrar en la administración"
    assert refused(api_for(alice).post(LINK, {}, **SPANISH), 403, sentence, "permission_denied")


def test_a_body_that_is_not_json_is_refused_in_spanish(alice: User, api_for: Any) -> None:
    answer = api_for(alice).patch(ME, data="{", content_type="application/json", **SPANISH)
    assert refused(answer, 400, "El cuerpo no es JSON válido.", "parse_error")


def test_each_invalid_field_has_a_spanish_sentence(api_for: Any) -> None:
    body = {
        "language": "fr",
        "timezone": None,
        "first_name": "x" * 101,
        "profile": {"horizon_days": 0, "zoom_host": "a b"},
    }
    answer = api_for(make_teacher()).patch(ME, body, **SPANISH)
    assert answer.json()["details"] == {
        "language": ['"fr" no es una opción válida: elige una de en, es.'],
        "timezone": ["Este campo no puede ser null."],
        "first_name": ["Debe tener como máximo 100 caracteres."],
        "profile.horizon_days": ["Debe ser 1 o más."],
        "profile.zoom_host": ["No es un id de usuario de Zoom ni un correo."],
    }
    first = "first_name: Debe tener como máximo 100 caracteres."
    assert refused(answer, 400, first, "invalid")


def test_an_unknown_field_is_refused_in_spanish(alice: User, api_for: Any) -> None:
    answer = api_for(alice).patch(ME, {"role": "teacher", "surprise": 1}, **SPANISH)
    assert answer.json()["details"] == {
        "role": ["Esto no se puede cambiar aquí."],
        "surprise": ["Aquí no existe ese campo."],
    }


@pytest.mark.usefixtures("few")
def test_throttling_is_explained_in_spanish(alice: User, api_for: Any) -> None:
    answers = [api_for(alice).get(ME, **SPANISH) for _ in range(6)]
    assert refused(answers[-1], 429, "Demasiadas peticiones. Inténtalo de nuevo en 60 segundos.", "throttled")


def test_the_next_caller_reads_english(api_for: Any) -> None:
    client: Client = api_for(None)
    client.get(ME, **SPANISH)
    answer = client.get(ME)
    assert answer.json()["error"] == "Authentication credentials were not provided."
    assert answer["Content-Language"] == "en"


def test_the_choice_of_an_account_is_for_its_mails_and_not_for_the_api(alice: User, api_for: Any) -> None:
    User.objects.filter(pk=alice.pk).update(language="es")
    assert api_for(alice).delete(ME).json()["error"] == 'Method "DELETE" not allowed.'


def test_the_document_is_english_for_everybody() -> None:
    answer = Browser().get("/api/schema/", **SPANISH)
    assert (answer.status_code, answer["Content-Language"]) == (200, "en")


@pytest.mark.usefixtures("few")
def test_a_page_of_the_admin_that_is_asked_for_too_often_is_in_the_language_of_the_person() -> None:
    teacher = make_teacher()
    teacher.language = "es"
    teacher.save()
    client = AdminClient(teacher)
    page = [client.get("/admin/hours/") for _ in range(6)][-1]
    assert (page.status_code, page["Content-Language"]) == (429, "es")
    assert "Demasiadas peticiones" in page.content.decode()
