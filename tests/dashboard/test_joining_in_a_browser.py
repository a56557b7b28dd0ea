"""The waiting list pages in a real browser: four languages, two themes, small and large screens, and keyboard use."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashboard.catalogues import TRANSLATED, catalogue
from domain.sign_in_codes import code_of
from tests.builders import Built, a_customer, a_performer, a_shop, insert
from tests.dashboard.conftest import DESK, PHONE, SETTINGS, window
from tests.dashboard.looks import EACH_SIZE_AND_THEME, WITHOUT_AXE, Look, seen_with

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES")
"""A folder for screenshots of every page."""
LANGUAGES = ("en", "de", "es", "fr")
HEADING = "Join the waiting list"


@pytest.fixture
def shop(session: Session) -> Built:
    made = a_shop(session, name="Salon Lou", timezone="Europe/London", show_waitlist_place=True)
    for name in ("Cut and finish", "Colour"):
        insert(session, "services", shop_id=made.id, name=name)
    a_performer(session, made, name="Mira")
    session.commit()
    return made


def join_path(session: Session, shop: Built) -> str:
    session.rollback()
    token = session.execute(text("SELECT join_token FROM shops WHERE id = :id"), {"id": shop.id}).scalar_one()
    return f"/join/{token}"


def in_language(language: str, message: str) -> str:
    return catalogue(language)[message] if language in TRANSLATED else message


def newest_code(session: Session) -> str:
    session.rollback()
    row = session.execute(text("SELECT id, nonce FROM join_requests ORDER BY created_at DESC LIMIT 1")).one()
    return code_of(SETTINGS["secret_key"], row.id, row.nonce)


def an_entry(session: Session, shop: Built, language: str) -> str:
    """Returns the path of the waiting list page of the second customer, who uses this language."""
    for name in ("Ben", "Ana"):
        who = a_customer(session, shop, name=name, locale=language)
        wishes = {"weekdays": "{4,5}", "time_from": "17:00", "date_until": "2037-12-04"}
        entry = insert(session, "waitlist_entries", shop_id=shop.id, customer_id=who.id, **wishes)
    session.commit()
    return f"/waitlist/{entry.token}"


REACHED = "(e => e.name || (e === document.body ? '' : e.textContent.trim()))(document.activeElement)"


def pictures(name: str) -> list[Look]:
    """Returns the looks with which screenshots are taken. Returns none unless PICTURES is set."""

    def take(file: Path, page: Page) -> list[str]:
        page.screenshot(path=file, full_page=True)
        return []

    return [
        (width, theme, partial(take, Path(PICTURES) / f"{name}-{width}-{theme}.png"))
        for width, theme, _ in EACH_SIZE_AND_THEME
        if PICTURES
    ]


def in_order(page: Page) -> list[str]:
    """Returns the field names, link texts and button texts in the order in which Tab reaches them."""
    reached: list[str] = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(e => e.name || (e === document.body ? '' : e.textContent.trim()))(document.activeElement)"
        )
        if not name:
            break
        reached.append(name)
    return reached


@pytest.mark.parametrize(
    ("language", "looks"),
    [
        pytest.param("de", WITHOUT_AXE[:1], id="de"),
        # The language does not change what axe checks.
        pytest.param("de", EACH_SIZE_AND_THEME, id="de-axe", marks=pytest.mark.long),
        *(pytest.param(one, WITHOUT_AXE, id=one, marks=pytest.mark.long) for one in LANGUAGES if one != "de"),
    ],
)
def test_every_page_of_the_list_is_usable(
    session: Session, browser: Browser, site: str, shop: Built, language: str, looks: tuple[Look, ...]
) -> None:
    entry = an_entry(session, shop, language)
    with window(browser, site, **DESK, locale=language) as page:
        found = {}

        def check(what: str) -> None:
            if problems := seen_with(page, (*looks, *pictures(f"{language}-{what}"))):
                found[what] = problems

        page.goto(join_path(session, shop))
        expect(page.get_by_role("heading", level=1)).to_have_text(in_language(language, HEADING))
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert not page.locator("#consent").is_checked()
        check("join")
        page.locator("form").evaluate("form => form.noValidate = true")
        page.locator("#time_from").fill("17:00")
        page.locator("#time_until").fill("09:00")
        page.locator("form button[type=submit]").click()
        for field in ("name", "phone", "consent", "time_until"):
            expect(page.locator(f"#wrong-{field}")).to_be_visible()
        check("refused")
        page.locator("#name").fill("Ana Silva")
        page.locator("#phone").fill("+447700900123")
        page.locator("#time_until").fill("20:00")
        page.locator("#consent").check()
        page.locator("form button[type=submit]").click()
        page.wait_for_url("**/code")
        check("code")
        page.goto(entry)
        expect(page.locator(".place")).to_contain_text("2")
        check("entry")
        assert found == {}


@pytest.mark.long
def test_she_joins_by_keyboard_alone_and_leaves(session: Session, wide_screen: Page, shop: Built) -> None:
    wide_screen.goto(join_path(session, shop))
    reached = in_order(wide_screen)
    assert [name for name in reached if name in ("name", "phone", "service_id", "consent")] == [
        *("name", "phone", "service_id", "consent")
    ]
    wide_screen.locator("#name").focus()
    wide_screen.keyboard.type("Ana Silva")
    wide_screen.keyboard.press("Tab")
    wide_screen.keyboard.type("+447700900123")
    wide_screen.locator("#consent").focus()
    wide_screen.keyboard.press("Space")
    wide_screen.keyboard.press("Enter")
    wide_screen.wait_for_url("**/code")
    wide_screen.locator("#code").focus()
    wide_screen.keyboard.type(newest_code(session))
    wide_screen.keyboard.press("Enter")
    expect(wide_screen.get_by_role("heading", level=1)).to_have_text("You are on the waiting list")
    wide_screen.get_by_role("button", name="Leave the waiting list").focus()
    wide_screen.keyboard.press("Enter")
    expect(wide_screen.get_by_role("heading", level=1)).to_have_text("You are not on the waiting list")


@pytest.mark.long
def test_joining_needs_no_script(session: Session, browser: Browser, site: str, shop: Built) -> None:
    with window(browser, site, java_script_enabled=False, **PHONE) as page:
        page.goto(join_path(session, shop))
        page.get_by_label("Name", exact=True).fill("Ana Silva")
        page.get_by_label("Mobile number").fill("+447700900123")
        page.get_by_label("Thursday").check()
        page.get_by_label("Salon Lou may text me").check()
        page.get_by_role("button", name="Send code").click()
        page.get_by_label("Code").fill(newest_code(session))
        page.get_by_role("button", name="Join the waiting list").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are on the waiting list")
        expect(page.get_by_label("Thursday")).to_be_checked()
        page.get_by_label("Friday").check()
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
    session.rollback()
    assert session.execute(text("SELECT weekdays FROM waitlist_entries")).scalar_one() == [4, 5]
