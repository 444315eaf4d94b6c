"""Swagger UI in a real browser: a token is pasted once, and requests are sent with it."""

from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student, make_teacher
from testing.browser import Browser

pytestmark = pytest.mark.production

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def token(live_server: LiveServer) -> str:
    make_teacher(first_name="Maria", last_name="Garcia")
    student = make_student()
    return mint(user_id=student.id, email=student.email)


def paste(page: "Page", token: str) -> None:
    page.click(".btn.authorize")
    page.fill(".auth-container input", token)
    page.click(".auth-btn-wrapper .authorize")
    page.click(".btn-done")


def list_teachers(page: "Page") -> tuple[str, str]:
    """The status and the body that Swagger UI shows."""
    operation = page.locator("#operations-Teachers-listTeachers")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    answer = operation.locator(".live-responses-table")
    status = answer.locator("tbody td.response-col_status").inner_text()
    return status, answer.locator(".highlight-code").first.inner_text()


def test_a_pasted_token_is_sent_and_outlives_a_reload(live_server: LiveServer, token: str, browser: Browser) -> None:
    def act(page: "Page") -> tuple[str, str]:
        paste(page, token)
        page.reload()
        page.click("#operations-tag-Teachers")
        return list_teachers(page)

    status, body = browser.visit(f"{live_server.url}/api/docs/", act)
    assert status.startswith("200")
    assert '"name": "Maria Garcia"' in body


def test_without_a_token_the_refusal_is_shown(live_server: LiveServer, token: str, browser: Browser) -> None:
    def act(page: "Page") -> tuple[str, str]:
        page.click("#operations-tag-Teachers")
        return list_teachers(page)

    status, body = browser.visit(f"{live_server.url}/api/docs/", act)
    assert status.startswith("401")
    assert '"code": "not_authenticated"' in body
