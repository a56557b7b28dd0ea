"""Ana views and cancels her booking in a real browser. Every page fits every screen size."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from stripe import StripeClient

from tests.builders import reload
from tests.dashboard.axe import barriers
from tests.dashboard.conftest import DESK, PHONE, window
from tests.dashboard.scenes import a_hold, a_paid_booking, with_intent

pytestmark = pytest.mark.browser


def test_she_cancels_after_a_second_question_by_keyboard_alone(session: Session, wide_screen: Page) -> None:
    scene = a_paid_booking(session)
    wide_screen.goto(scene.manage)

    wide_screen.get_by_role("link", name="Cancel this booking").focus()
    wide_screen.keyboard.press("Enter")
    expect(wide_screen.get_by_role("heading", level=1)).to_have_text("Cancel this booking?")
    expect(wide_screen.get_by_role("main")).to_contain_text("Salon Lou keeps the £20 you paid.")
    wide_screen.get_by_role("button", name="Cancel booking").focus()
    wide_screen.keyboard.press("Enter")

    expect(wide_screen.get_by_role("heading", level=1)).to_have_text("Your booking is cancelled")
    session.rollback()
    assert reload(session, "appointments", scene.booking.id).status == "cancelled"


@pytest.mark.long
def test_she_changes_her_mind(session: Session, phone: Page) -> None:
    scene = a_paid_booking(session)
    phone.goto(f"{scene.manage}/cancel")

    phone.get_by_role("link", name="Keep my booking").click()

    expect(phone.get_by_role("heading", level=1)).to_have_text("Your appointment")


@pytest.mark.long
def test_cancelling_needs_no_script(session: Session, browser: Browser, site: str) -> None:
    scene = a_paid_booking(session)
    with window(browser, site, java_script_enabled=False, **PHONE) as page:
        page.goto(scene.manage)
        page.get_by_role("link", name="Cancel this booking").click()
        page.get_by_role("button", name="Cancel booking").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Your booking is cancelled")


@pytest.mark.long
def test_the_calendar_file_is_downloaded(session: Session, wide_screen: Page) -> None:
    wide_screen.goto(a_paid_booking(session).manage)

    with wide_screen.expect_download() as coming:
        wide_screen.get_by_role("link", name="Add to calendar").click()

    assert coming.value.suggested_filename == "appointment.ics"


LONG = {
    "name": "The Very Long Name Of A Hairdresser-and-Barbershop-Partnership",
    "address": "1 Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch High Street, Anglesey",
}


@pytest.mark.parametrize(
    ("width", "size", "theme"),
    [
        (360, "200%", "dark"),
        *(
            pytest.param(width, size, theme, marks=pytest.mark.long)
            for width, size in ((320, "100%"), (360, "200%"), (1280, "200%"))
            for theme in ("light", "dark")
            if (width, theme) != (360, "dark")
        ),
    ],
)
def test_every_page_fits(
    session: Session, stripe_client: StripeClient, browser: Browser, site: str, theme: str, width: int, size: str
) -> None:
    held, booked = a_hold(session, shop=LONG), a_paid_booking(session, shop=LONG)
    with_intent(session, stripe_client, held)
    looks = {"viewport": {"width": width, "height": 700}, "color_scheme": theme}
    with window(browser, site, **looks) as page:
        for path in (held.pay, booked.pay, booked.manage, f"{booked.manage}/cancel", "/pay/unknown-unknown"):
            page.goto(path)
            page.evaluate("size => { document.documentElement.style.fontSize = size }", size)

            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} runs over the side"


@pytest.mark.parametrize(
    ("looks", "pages"),
    [
        pytest.param(PHONE, slice(1), id="one"),
        pytest.param(PHONE, slice(1, None), id="phone", marks=pytest.mark.long),
        pytest.param(DESK, slice(None), id="desk", marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_serious(
    session: Session, stripe_client: StripeClient, browser: Browser, site: str, looks: dict[str, Any], pages: slice
) -> None:
    held, booked = a_hold(session), a_paid_booking(session)
    with_intent(session, stripe_client, held)
    with window(browser, site, **looks) as page:
        paths = (held.pay, booked.pay, booked.manage, f"{booked.manage}/cancel", "/pay/unknown-unknown")
        assert {path: problems for path in paths[pages] if page.goto(path) and (problems := barriers(page))} == {}


# The browser calls this code only after the styles have loaded.
FIRST_DRAWN = """new Promise((done) => requestAnimationFrame(() =>
  done(getComputedStyle(document.body).backgroundColor)))"""


@pytest.mark.long
def test_the_theme_is_the_systems_before_anything_is_drawn(session: Session, phone: Page, wide_screen: Page) -> None:
    scene = a_paid_booking(session)
    papers = []
    for page in (phone, wide_screen):
        page.goto(scene.manage, wait_until="commit")
        page.wait_for_selector("h1")
        papers.append(page.evaluate(FIRST_DRAWN))

    assert papers == ["rgb(18, 21, 26)", "rgb(244, 242, 238)"]
