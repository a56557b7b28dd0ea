"""Escape closes what is open, and the focus returns to where it came from."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from tests.builders import Built
from tests.dashboard.conftest import DESK, window
from tests.dashboard.shop.test_in_a_browser import sign_in

pytestmark = pytest.mark.browser


def test_escape_closes_what_is_open(session: Session, browser: Browser, site: str, mia: Built) -> None:
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        menu = page.locator("details.account")
        menu.locator("summary").press("Enter")
        expect(menu).to_have_attribute("open", "")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(menu.locator("summary")).to_be_focused()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
