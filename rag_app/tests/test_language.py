"""rag_app.http.language: which language a caller gets, and that no thread keeps it."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation

from accounts.factories import make_teacher
from accounts.tests.admin_client import AdminClient
from rag_app.http.language import LanguageMiddleware, preferred


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("es", "es"),
        ("es-MX", "es"),
        ("ES-419, en;q=0.5", "es"),
        ("en;q=0.3, es;q=0.7", "es"),
        ("fr, de;q=0.9, es;q=0.1", "es"),
        ("fr", "en"),
        ("*", "en"),
        ("*, es;q=0.5", "en"),
        ("es;q=0", "en"),
        ("fr, es;q=0", "en"),
        ("es;q=2", "en"),
        ("es;;", "en"),
        ("esñ", "en"),
        ("es\0", "en"),
        ("../../etc/passwd", "en"),
        ("x" * 10_000, "en"),
        ("es," * 5_000, "es"),
        (",".join(f"x{number}" for number in range(2_000)), "en"),
    ],
)
def test_the_best_supported_language_is_used_and_english_otherwise(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def language_of(request: HttpRequest) -> HttpResponse:
    return HttpResponse(translation.get_language())


def answer(path: str, accepted: str) -> Any:
    request = RequestFactory(headers={"Accept-Language": accepted}).get(path)
    response = LanguageMiddleware(language_of)(request)
    assert translation.get_language() == "en"
    return response


@pytest.mark.parametrize(("accepted", "language"), [("es-ES, en;q=0.5", b"es"), ("en", b"en"), ("%&/", b"en")])
@pytest.mark.parametrize("path", ["/api/nothing/", "/admin/"])
def test_the_response_names_its_language_and_the_thread_is_reset(path: str, accepted: str, language: bytes) -> None:
    response = answer(path, accepted)
    assert (response.content, response["Content-Language"]) == (language, language.decode())
    assert response["Vary"] == "Accept-Language"


def test_untranslated_responses_are_the_same_for_everybody() -> None:
    response = answer("/healthz", "es")
    assert (response.content, "Vary" in response, "Content-Language" in response) == (b"en", False, False)


def test_a_view_may_name_another_language() -> None:
    def spanish(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Language": "es"})

    assert LanguageMiddleware(spanish)(RequestFactory().get("/api/"))["Content-Language"] == "es"


def test_the_next_request_is_in_english_even_after_a_failure() -> None:
    def fail(request: HttpRequest) -> HttpResponse:
        raise RuntimeError(translation.get_language())

    with pytest.raises(RuntimeError, match="es"):
        LanguageMiddleware(fail)(RequestFactory(headers={"Accept-Language": "es"}).get("/api/"))
    assert translation.get_language() == "en"


def test_language_cookies_are_ignored() -> None:
    client = Client()
    client.cookies["django_language"] = "es"
    assert client.get("/api/nothing/")["Content-Language"] == "en"


@pytest.mark.django_db
@pytest.mark.parametrize(("chosen", "accepted", "language"), [("es", "en", "es"), ("en", "es", "en"), ("", "es", "es")])
def test_in_the_admin_the_choice_of_the_person_counts_first(chosen: str, accepted: str, language: str) -> None:
    teacher = make_teacher()
    teacher.language = chosen
    teacher.save()
    page = AdminClient(teacher).get("/admin/calendar/", headers={"Accept-Language": accepted})
    assert (page.status_code, page["Content-Language"]) == (200, language)
    assert f'<html lang="{language}"' in page.content.decode()
    assert translation.get_language() == "en"
