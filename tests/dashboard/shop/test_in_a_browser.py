"""Every page of the shop at each size, in both themes, with and without scripts, and with only the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.sign_in_codes import code_of
from tests.builders import Built, insert
from tests.dashboard.conftest import DESK, PHONE, SETTINGS, window
from tests.dashboard.looks import Look, faults, faults_and_barriers, seen_with
from tests.dashboard.shop.conftest import session_of
from tests.dashboard.shop.every_page import every_page
from tests.dashboard.shop.scenes import RecoveryRows, a_busy_shop
from tests.dashboard.shop.test_pace import a_month_of_lost_slots

pytestmark = pytest.mark.browser


@pytest.fixture
def busy(session: Session, salon: Built) -> dict[str, RecoveryRows]:
    return a_busy_shop(session, salon)


HERE: Any = {"domain": "127.0.0.1", "path": "/"}


def sign_in(page: Page, session: Session, who: Built) -> None:
    """Sets the cookie of a new session. Signing in on the pages would take seconds in each test."""
    page.context.add_cookies([{"name": "slots_staff", "value": session_of(session, who), **HERE}])


def sign_in_by_keyboard(page: Page, session: Session, who: Built) -> None:
    page.goto("/app/login")
    page.get_by_label("Phone number or e-mail address").fill(who.phone)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    code = newest_code(session)
    page.get_by_label("Code").fill(f"{code[:3]} {code[3:]}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def newest_code(session: Session) -> str:
    session.rollback()
    row = session.execute(text("SELECT id, nonce FROM otp_codes ORDER BY created_at DESC LIMIT 1")).one()
    session.rollback()  # Postgres would end a transaction that is idle during the test.
    return code_of(SETTINGS["secret_key"], row.id, row.nonce)


READ = "main h1, main h2, main caption, main th, main dt, main legend, main label, .story__said, .story__because"
# The parsed copy does not run scripts and contains the content of <noscript>.
READ_TWICE = """async (what) => {
  const plain = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  return [document, plain].map((page) => [...page.querySelectorAll(what)].map((e) => e.textContent));
}"""


def faults_barriers_and_changes(page: Page) -> list[str]:
    """Returns all problems of the page, including differences between the page with and without scripts."""
    shown, plain = page.evaluate(READ_TWICE, READ)
    changes = [] if shown and shown == plain else [f"with scripts {shown}, without {plain}"]
    return faults_and_barriers(page) + changes


IN_SHORT: tuple[Look, ...] = ((360, "dark", faults),)
IN_FULL: tuple[Look, ...] = (
    (360, "dark", faults_barriers_and_changes),
    (1280, "light", faults_and_barriers),
    (360, "light", faults),
    (1280, "dark", faults),
    (320, "light", faults),
)


@pytest.mark.parametrize(
    ("looks", "pages"),
    [
        pytest.param(IN_SHORT, slice(None, None, 16), id="some"),
        pytest.param(IN_FULL, slice(None), id="all", marks=pytest.mark.long),
    ],
)
def test_everybody_can_use_every_page(
    session: Session,
    browser: Browser,
    site: str,
    salon: Built,
    mia: Built,
    busy: dict[str, RecoveryRows],
    looks: Sequence[Look],
    pages: slice,
) -> None:
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        paths = every_page(session, salon, mia, busy)
        found = {path: seen_with(page, looks) for path in list(paths)[pages] if page.goto(path)}
        assert {path: problems for path, problems in found.items() if problems} == {}


@pytest.mark.long
def test_everything_can_be_read_without_a_script(
    session: Session, browser: Browser, site: str, mia: Built, busy: dict[str, RecoveryRows]
) -> None:
    with window(browser, site, java_script_enabled=False, **PHONE) as page:
        sign_in_by_keyboard(page, session, mia)
        page.get_by_role("link", name="Appointments").click()
        expect(page.get_by_text("Asking Ana Silva until")).to_be_visible()
        page.locator(f"#slot-{busy['offered'].slot.id}").get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
        expect(page.get_by_text("Pause", exact=True)).to_be_hidden()
        page.get_by_role("link", name="Stop asking").click()
        page.get_by_role("button", name="Stop asking").click()
        expect(page.get_by_role("status").first).to_contain_text("Working on it.")


@pytest.mark.long
def test_by_keyboard_alone(
    session: Session, browser: Browser, site: str, mia: Built, busy: dict[str, RecoveryRows]
) -> None:
    with window(browser, site, **DESK) as page:
        sign_in_by_keyboard(page, session, mia)
        page.goto("/app/appointments")
        page.keyboard.press("/")
        page.keyboard.type("Ben")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=Ben**")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/slot-openings/{busy['recovered'].slot.id}")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.long
def test_back_keeps_the_filters(
    session: Session, browser: Browser, site: str, mia: Built, busy: dict[str, RecoveryRows]
) -> None:
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        page.goto("/app/appointments")
        page.get_by_label("Search").fill("Ana")
        page.get_by_role("button", name="Apply filters").click()
        page.locator(f"#slot-{busy['offered'].slot.id}").get_by_role("link").first.click()
        page.go_back()
        expect(page.get_by_label("Search")).to_have_value("Ana")


def test_a_page_that_is_open_shows_what_happens(
    session: Session, browser: Browser, site: str, salon: Built, mia: Built, busy: dict[str, RecoveryRows]
) -> None:
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        with page.expect_response("**/app/stream/**") as stream:
            page.goto(f"/app/slot-openings/{busy['offered'].slot.id}")
        assert stream.value.status == 200
        expect(page.get_by_text("Waiting for a reply")).to_be_visible()
        insert(
            session,
            "audit_logs",
            shop_id=salon.id,
            slot_opening_id=busy["offered"].slot.id,
            event="OfferDeclined",
            slot_offer_id=busy["offered"].offer.id,
            because="The customer said no.",
        )
        session.execute(
            text("UPDATE slot_offers SET status = 'declined' WHERE id = :id"), {"id": busy["offered"].offer.id}
        )
        session.commit()
        expect(page.get_by_text("Declined", exact=True)).to_be_visible()
        expect(page.get_by_text("The customer said no.")).to_be_visible()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Paused", exact=True)).to_be_visible()


@pytest.mark.long
def test_a_page_that_gets_no_stream_asks_by_itself(
    session: Session, browser: Browser, site: str, mia: Built, busy: dict[str, RecoveryRows]
) -> None:
    with window(browser, site, **DESK) as page:
        page.route("**/app/stream", lambda route: route.fulfill(status=204))
        sign_in(page, session, mia)
        page.goto("/app/appointments")
        expect(page.get_by_role("link", name="Notifications: 1 unread")).to_be_visible()
        session.execute(text("UPDATE notifications SET read_at = now()"))
        insert(session, "audit_logs", shop_id=busy["offered"].slot.shop_id, event="Any", because="Anything.")
        session.commit()
        expect(page.get_by_role("link", name="Notifications: none unread")).to_be_visible()


@pytest.mark.long
def test_a_page_whose_session_is_over_says_so(
    session: Session, browser: Browser, site: str, mia: Built, busy: dict[str, RecoveryRows]
) -> None:
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        page.goto("/app/appointments")
        session.execute(text("UPDATE staff_sessions SET revoked_at = now()"))
        session.commit()
        expect(page.get_by_text("Signed out. Reload the page.")).to_be_visible()


@pytest.mark.long
def test_a_text_is_shown_while_it_is_written(session: Session, browser: Browser, site: str, mia: Built) -> None:
    with window(browser, site, **DESK) as page:
        sign_in(page, session, mia)
        page.goto("/app/settings/texts/offer")
        page.get_by_label("Your wording").fill("Free {{ when }}! Answer YES")
        expect(page.get_by_text("! Answer YES")).to_be_visible()
        page.get_by_label("Your wording").fill("Free!")
        expect(page.get_by_text("{{ when }} must be in the text.")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize(("width", "theme"), [(360, "light"), pytest.param(1280, "dark", marks=pytest.mark.long)])
def test_the_overview_with_an_estimate_has_no_faults(
    session: Session, browser: Browser, site: str, mia: Built, salon: Built, width: int, theme: str
) -> None:
    a_month_of_lost_slots(session, salon, 12)
    with window(browser, site, viewport={"width": width, "height": 740}, color_scheme=theme) as page:
        sign_in(page, session, mia)
        page.goto("/app/")
        expect(page.get_by_text("you would have filled about")).to_be_visible()
        assert faults_and_barriers(page) == []
