"""Sign-in and the admin of accounts in Spanish."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.sign_in.lockout import too_many_attempts
from accounts.tests.admin.profile_parts import PROFILE
from accounts.tests.admin_client import AdminClient, told

pytestmark = pytest.mark.django_db

SPANISH: dict[str, Any] = {"headers": {"Accept-Language": "es"}}


@pytest.fixture
def raiz(root: User) -> User:
    """A superuser who chose Spanish."""
    root.language = "es"
    root.save()
    return root


def words(page: Any) -> str:
    assert (page.status_code, page["Content-Language"]) == (200, "es")
    content: str = page.content.decode()
    assert '<html lang="es"' in content
    return content


def test_the_sign_in_page_is_in_the_browsers_language() -> None:
    page = words(Client().get("/admin/login/", **SPANISH))
    for word in (
        "Correo:",
        "Contraseña:",
        "Código:",
        "Solo si usas una aplicación de autenticación.",
        "Iniciar sesión",
    ):
        assert word in page


def test_a_wrong_password_is_refused_in_spanish() -> None:
    page = Client().post("/admin/login/", {"username": "x@example.com", "password": "x"}, **SPANISH)
    assert "Escribe el correo y la contraseña correctos de una cuenta del personal." in words(page)


@pytest.mark.parametrize(("seconds", "wait"), [(60, "1 minuto."), (900, "15 minutos.")])
def test_a_lockout_is_explained_in_spanish(seconds: int, wait: str, rf: Any) -> None:
    with translation.override("es"):
        page = too_many_attempts(rf.post("/admin/login/"), seconds)
    assert f"Demasiados intentos fallidos de iniciar sesión. Inténtalo de nuevo en {wait}" in page.content.decode()


def test_a_used_link_is_refused_in_spanish() -> None:
    page = Client().get("/admin/link/?link=x", **SPANISH)
    assert page.status_code == 403
    assert "El enlace ya se ha usado o ha caducado." in page.content.decode()


def test_the_overview_of_records(raiz: User) -> None:
    page = words(AdminClient(raiz).page("records/"))
    for word in ("Todos los registros", "Cuentas", "Usuarios", "Perfiles de docentes", "Inicios de sesión fallidos"):
        assert word in page


def test_the_list_of_users(raiz: User) -> None:
    page = words(AdminClient(raiz).page("accounts/user/"))
    for word in ("Correo", "Nombre", "Rol", "Activa", "Escribir roles y bloqueos en Supabase"):
        assert word in page


def test_the_page_of_a_user(raiz: User, maria: User) -> None:
    page = words(AdminClient(raiz).page(f"accounts/user/{maria.id}/change/"))
    for word in ("Persona", "Zona horaria:", "Idioma:", "Según el navegador", "Docente", "En Supabase:"):
        assert word in page


def test_a_teacher_chooses_a_language_and_the_next_page_is_in_it(maria: User) -> None:
    own = f"accounts/teacherprofile/{maria.id}/change/"
    client = AdminClient(maria)
    assert "Offered times" in client.page(own).content.decode()
    client.send(own, **PROFILE, language="es")
    assert User.objects.get(id=maria.id).language == "es"
    page = words(client.page(own))
    for word in ("Horas ofrecidas", "Margen (minutos):", "Minutos que quedan libres después de cada sesión."):
        assert word in page
    client.send(own, **PROFILE, language="")
    assert User.objects.get(id=maria.id).language == ""


def test_an_unsupported_language_is_refused(maria: User) -> None:
    page = AdminClient(maria).send(f"accounts/teacherprofile/{maria.id}/change/", **PROFILE, language="fr")
    assert list(page.context["adminform"].form.errors) == ["language"]
    assert User.objects.get(id=maria.id).language == ""


def test_a_message_with_a_name(raiz: User, maria: User) -> None:
    page = AdminClient(raiz).page(f"accounts/user/{maria.id}/password/")
    assert told(page) == ["Maria Garcia inicia sesión con Supabase y no tiene contraseña aquí."]


def test_the_log_stays_english(raiz: User, maria: User) -> None:
    AdminClient(raiz).send(f"accounts/teacherprofile/{maria.id}/change/", **PROFILE)
    entry = LogEntry.objects.get()
    assert entry.object_repr == "Profile of Maria Garcia"
    assert "Headline" in entry.change_message
