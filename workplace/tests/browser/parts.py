"""What the tests of the workplace in a browser share: window sizes, and a page that counts its clicks."""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


SIZES = {"laptop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
both_sizes = pytest.mark.parametrize("size", SIZES)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)

Act = Callable[["Clicks"], Any]


class Clicks:
    """A page, and how often something on it was clicked."""

    def __init__(self, page: "Page", origin: str) -> None:
        self.page, self.origin, self.number = page, origin, 0

    def click(self, role: Any, name: str, *, exact: bool = False, nth: int = 0) -> None:
        self.page.get_by_role(role, name=name, exact=exact).nth(nth).click()
        self.number += 1

    def open(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.number += 1
