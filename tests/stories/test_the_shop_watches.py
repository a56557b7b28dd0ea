"""The shop signs in, and watches a cancelled appointment being sold again, on a desk and on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Complaints
from tests.stories.town import Customer, Shop, Town, wait_for

pytestmark = pytest.mark.browser

DESK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "has_touch": True}


@pytest.mark.parametrize("looks", [DESK, PHONE], ids=["desk", "phone"])
def test_the_shop_watches_a_slot_being_sold_again(town: Town, browser: Browser, looks: dict[str, Any]) -> None:
    shop = town.shop(name="Aurora")
    ana, ben = shop.customer("Ana", visited_days_ago=2), shop.customer("Ben", visited_days_ago=9)
    zoe = shop.customer("Zoe", sms_opt_in=False)
    appointment = shop.appointment(zoe)
    complaints, context = Complaints(), browser.new_context(base_url=town.settings["WEB_URL"], **looks)
    page = context.new_page()
    complaints.listen_to(page)

    sign_in(page, town, shop)
    page.goto("/app/appointments")
    expect(page.get_by_text("No slot openings yet")).to_be_visible()
    appointment.ask_to_cancel()
    # Without reloading.
    expect(page.get_by_text(re.compile("Asking Ana until"))).to_be_visible()
    page.locator("tr[id^=slot-]").get_by_role("link").first.click()
    expect(page.get_by_text("First in line of those who may be asked now.")).to_be_visible()

    ana.is_asked()
    ana.says("NO")
    expect(page.get_by_text("Ana doesn't want the slot")).to_be_visible()
    ben.is_asked()
    ben.says("YES")
    expect(page.locator(".now").get_by_text(re.compile("Held for Ben until"))).to_be_visible()
    pay(context.new_page(), ben)

    expect(page.locator(".now").get_by_text("Ben has it.")).to_be_visible()
    page.get_by_role("link", name="View booking").click()
    expect(page.get_by_text("A slot that was sold again")).to_be_visible()
    page.goto("/app/appointments?tab=recovered")
    expect(page.get_by_role("link", name="View booking")).to_be_visible()
    context.close()
    assert not complaints


def test_staff_step_in(town: Town, browser: Browser) -> None:
    shop = town.shop()
    ana, ben = shop.customer("Ana", visited_days_ago=2), shop.customer("Ben", visited_days_ago=9)
    slot = shop.cancelled()
    context = browser.new_context(base_url=town.settings["WEB_URL"], **DESK)
    page = context.new_page()
    sign_in(page, town, shop)
    ana.is_asked()

    page.goto(f"/app/slot-openings/{slot.id}")
    page.get_by_role("link", name="Ask the next one now").click()
    expect(page.get_by_role("main")).to_contain_text("Ana's offer ends at once")
    expect(page.get_by_role("main")).to_contain_text("Ben is then texted an offer")
    page.get_by_role("button", name="Ask the next one now").click()
    ben.is_asked()
    expect(page.locator(".now")).to_contain_text("Asking Ben until")
    page.get_by_role("link", name="Stop asking").click()
    page.get_by_role("button", name="Stop asking").click()
    expect(page.locator(".head__state")).to_contain_text("Stopped by staff")
    page.get_by_role("link", name="Start again").click()
    page.get_by_role("button", name="Start again").click()

    expect(page.locator(".head__state")).to_contain_text("Nobody left to ask")
    actors = town.rows(
        "SELECT DISTINCT actor FROM audit_logs WHERE shop_id = %s AND event = 'SearchStopped'", shop.id
    )
    assert actors == town.rows("SELECT id::text AS actor FROM staff WHERE shop_id = %s", shop.id)
    context.close()


def sign_in(page: Page, town: Town, shop: Shop) -> None:
    """With the code that comes by text."""
    phone = town.number()
    mia = Customer(shop, town.insert("staff", shop_id=shop.id, name="Mia", phone=phone), "Mia", phone)
    page.goto("/app/login")
    page.get_by_label("Phone number or e-mail address").fill(phone)
    page.get_by_role("button", name="Send me a code").click()
    (code,) = re.findall(r"\b\d{6}\b", mia.gets("sign-in code"))
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def pay(page: Page, who: Customer) -> None:
    """On the page behind the link in the last text."""
    link = wait_for(lambda: re.search(r"https?://\S+/pay/\S+", who.gets("/pay/")), "a payment link")
    page.goto(link[0])
    page.get_by_label("Card number").fill("4242424242424242")
    page.get_by_label("Expiration date").fill("1234")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Pay £20").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You're booked")
