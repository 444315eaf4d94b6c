"""rag_app.urls: where addresses lead that people type."""

import runpy
from types import ModuleType

import pytest
from django import conf
from django.test import Client
from pytest_django import Settings

from rag_app import urls


@pytest.mark.parametrize("page", ["/api/docs", "/api/redoc", "/admin"])
def test_a_page_without_its_slash_redirects_to_the_page(page: str) -> None:
    answer = Client().get(page)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{page}/")


@pytest.mark.parametrize("page", ["/api/docs/", "/api/redoc/"])
def test_the_documents_pages_answer_options_by_headers(page: str) -> None:
    answer = Client().options(page)
    assert (answer.status_code, answer.content, answer.headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("page", ["/api/schema", "/api/accounts/me", "/api/docs/x", "/api/docsx"])
def test_nothing_else_is_redirected(page: str) -> None:
    assert Client().get(page).status_code == 404


def test_in_development_the_root_redirects_to_the_document() -> None:
    answer = Client().get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs/")


def test_in_production_the_root_is_404(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by the fixture, which would load the apps anew.
    monkeypatch.setattr(conf.settings, "INSTALLED_APPS", [])
    of_production = ModuleType("urls_of_production")
    vars(of_production).update(runpy.run_path(urls.__file__))
    settings.ROOT_URLCONF = of_production
    answer = Client().get("/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
