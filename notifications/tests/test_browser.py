"""The preview of a mail in a real browser: it looks as it does in a mail program, and no policy is violated."""

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from testing.browser import Browser

pytestmark = pytest.mark.production

if TYPE_CHECKING:
    from playwright.sync_api import Page

GREEN = "rgb(11, 110, 79)"  # of the button that leads into the meeting


@pytest.mark.parametrize("width", [1280, 390])
def test_the_mail_is_shown_with_its_styles(width: int, live_server: LiveServer, browser: Browser) -> None:
    root = User.objects.create_superuser("root@example.com", "a long pass phrase")
    client = Client()
    client.force_login(root, backend="accounts.backends.SupabaseBackend")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "domain": "localhost", "path": "/"}
    said: list[str] = []

    def act(page: "Page") -> tuple[str, str, float]:
        page.on("console", lambda message: said.append(message.text))
        page.context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's own dictionary
        page.goto(f"{live_server.url}/admin/notifications/message/previews/confirmed/student/")
        button = page.frame_locator("iframe").get_by_role("link", name="Join on Zoom")
        color = button.evaluate("node => getComputedStyle(node).backgroundColor")
        beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return str(color), page.locator("pre").inner_text(), float(beyond)

    color, text, beyond = browser.visit("about:blank", act, viewport={"width": width, "height": 800})
    assert color == GREEN
    assert "Your session with Toni Tester is confirmed." in text
    assert beyond <= 0
    assert said == []
