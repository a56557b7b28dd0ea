"""The owner signs in and watches the sale of a cancelled appointment, on a computer and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PATIENCE, STILL, Complaints, patient_context
from tests.builders import a_staff_member
from tests.live_system import LiveAppointment, LiveCustomer, LiveShop, LiveSystem
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "has_touch": True}


@pytest.mark.long
def test_on_a_phone_in_the_dark_the_shop_watches_a_slot_being_sold_again(live: LiveSystem, browser: Browser) -> None:
    shop, ana, ben, appointment = a_shop_with_two_to_ask(live)
    with browsing(browser, live, **PHONE) as (page, phones):
        sign_in(page, phones, live, shop)
        page.goto("/app/appointments")
        expect(page.get_by_text("No cancellations yet")).to_be_visible()
        appointment.ask_to_cancel()
        # The page receives live updates, so it is not reloaded.
        expect(page.get_by_text(re.compile("Asking Ana until"))).to_be_visible()
        page.locator("tr[id^=slot-]").get_by_role("link").first.click()
        expect(page.get_by_text("First in line among the customers who can be asked now.")).to_be_visible()

        answer(phones, ana, "NO")
        expect(page.get_by_text("Ana declined the slot").first).to_be_visible()
        answer(phones, ben, "YES")
        expect(page.locator(".now").get_by_text(re.compile("Held for Ben until"))).to_be_visible()
        pay(page.context.new_page(), ben)

        expect(page.locator(".now").get_by_text("Booked by Ben.")).to_be_visible()
        page.get_by_role("link", name="View booking").click()
        expect(page.get_by_text("A recovered slot")).to_be_visible()
        page.goto("/app/appointments?tab=recovered")
        expect(page.get_by_role("link", name="View booking")).to_be_visible()


@pytest.mark.long
def test_by_keyboard_alone(live: LiveSystem, browser: Browser) -> None:
    shop, _, ben, appointment = a_shop_with_two_to_ask(live)
    with browsing(browser, live, **DESK) as (page, phones):
        sign_in(page, phones, live, shop)
        tab_to(page, "Appointments")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Appointments")
        appointment.ask_to_cancel()
        expect(page.get_by_text(re.compile("Asking Ana until"))).to_be_visible()
        for key in ("j", "Enter"):
            page.keyboard.press(key)
        expect(page.get_by_text("First in line among the customers who can be asked now.")).to_be_visible()

        tab_to(page, "Ask next customer")
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_contain_text("Next in line: Ben")
        tab_to(page, "Ask next customer")
        page.keyboard.press("Enter")
        ben.is_asked()
        ben.says("YES")
        ben.gets("/pay/")
        ben.pays()
        expect(page.locator(".now").get_by_text("Booked by Ben.")).to_be_visible()
        tab_to(page, "View booking")
        page.keyboard.press("Enter")
        expect(page.get_by_text("A recovered slot")).to_be_visible()


@pytest.mark.long
def test_all_of_it_can_be_read_without_a_script(live: LiveSystem, browser: Browser) -> None:
    shop, ana, ben, appointment = a_shop_with_two_to_ask(live)
    slot = appointment.cancel()
    with browsing(browser, live, **DESK) as (with_scripts, phones):
        sign_in(with_scripts, phones, live, shop)
        ana.is_asked()
        state = with_scripts.context.storage_state()
    with browsing(browser, live, java_script_enabled=False, storage_state=state, **PHONE) as (page, _):
        page.goto("/app/appointments")
        expect(page.get_by_text(re.compile("Asking Ana until"))).to_be_visible()
        page.locator(f"#slot-{slot.id}").get_by_role("link").first.click()
        expect(page.get_by_text("Ana was asked").first).to_be_visible()
        page.get_by_label("Find out why someone wasn't asked").fill("Zoe")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_text("Has not agreed to texts.")).to_be_visible()
        ana.says("NO")
        ben.is_asked()
        page.reload()
        expect(page.get_by_text("Ana declined the slot").first).to_be_visible()


@pytest.mark.long
def test_staff_step_in(live: LiveSystem, browser: Browser) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=2), shop.customer("Ben", visited_days_ago=9)
    slot = shop.cancelled()
    with browsing(browser, live, **DESK) as (page, phones):
        sign_in(page, phones, live, shop)
        ana.is_asked()

        page.goto(f"/app/slot-openings/{slot.id}")
        page.get_by_role("link", name="Ask next customer").click()
        expect(page.get_by_role("main")).to_contain_text("Ana's offer will end")
        expect(page.get_by_role("main")).to_contain_text("Next in line: Ben")
        page.get_by_role("button", name="Ask next customer").click()
        ben.is_asked()
        expect(page.locator(".now")).to_contain_text("Asking Ben until")
        page.get_by_role("link", name="Stop asking").click()
        page.get_by_role("button", name="Stop asking").click()
        expect(page.locator(".head__state")).to_contain_text("Stopped by staff")
        page.get_by_role("link", name="Start again").click()
        page.get_by_role("button", name="Start again").click()

        expect(page.locator(".head__state")).to_contain_text("No customers left")
        actors = live.rows(
            "SELECT DISTINCT actor FROM audit_logs WHERE shop_id = %s AND event = 'SearchStopped'", shop.id
        )
        assert actors == live.rows("SELECT id::text AS actor FROM staff WHERE shop_id = %s", shop.id)


def a_shop_with_two_to_ask(live: LiveSystem) -> tuple[LiveShop, LiveCustomer, LiveCustomer, LiveAppointment]:
    """Creates a shop with Ana, who is asked first, and Ben, who is asked next.

    Zoe's appointment is not cancelled yet.
    """
    shop = live.shop(name="Aurora")
    ana, ben = shop.customer("Ana", visited_days_ago=2), shop.customer("Ben", visited_days_ago=9)
    return shop, ana, ben, shop.appointment(shop.customer("Zoe", sms_opt_in=False))


@contextmanager
def browsing(browser: Browser, live: LiveSystem, **looks: Any) -> Iterator[tuple[Page, Page]]:
    """Opens a page for the dashboard and another page for the phones. Script errors fail the test."""
    context = patient_context(browser, base_url=live.settings["WEB_URL"], **STILL, **looks)
    complaints, page, phones = Complaints(), context.new_page(), context.new_page()
    complaints.listen_to(page)
    try:
        yield page, phones
    finally:
        context.close()
    assert not complaints


def sign_in(page: Page, phones: Page, live: LiveSystem, shop: LiveShop) -> None:
    """Signs in with the keyboard and with the code in the text on the phones page."""
    phone = live.number()
    live.insert(a_staff_member, shop, phone=phone)
    page.goto("/app/login")
    page.keyboard.type(phone)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    phones.goto(f"{live.settings['SANDBOX_URL']}/phones")
    code = re.compile(r"\b\d{6}\b")
    text = phones.get_by_role("article", name=phone).get_by_text(code)
    found = code.search(text.inner_text(timeout=PATIENCE))
    assert found
    page.keyboard.type(found[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def answer(phones: Page, who: LiveCustomer, word: str) -> None:
    """Answers an offer with one click."""
    phone = phones.get_by_role("article", name=who.phone)
    expect(phone.get_by_text(re.compile("Reply YES"))).to_be_visible()
    phone.get_by_role("button", name=word, exact=True).click()


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the element with this name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.textContent") or "").strip().startswith(name):
            return
    raise AssertionError(f"Tab never came to {name}")


def pay(page: Page, who: LiveCustomer) -> None:
    """Pays on the page behind the link in the last text."""
    link = wait_for(lambda: re.search(r"https?://\S+/pay/\S+", who.gets("/pay/")), "a payment link")
    page.goto(link[0])
    page.get_by_label("Card number").fill("4242424242424242")
    page.get_by_label("Expiration date").fill("1234")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Pay £20").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You're booked")
