"""Ana pays, or fails to pay, in a real browser with the sandbox's card form.

The test acts as the worker.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from stripe import StripeClient

from tests.dashboard.conftest import PHONE, own_window, window
from tests.dashboard.scenes import BookingScene, a_hold, change, minutes_from_now, with_intent

pytestmark = pytest.mark.browser

PAYS, DECLINES, ASKS_THE_BANK = "4242424242424242", "4000000000000002", "4000002500003155"


def type_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiration date").fill("1234")
    page.get_by_label("Security code").fill("123")


def pay(page: Page, number: str) -> None:
    type_card(page, number)
    page.get_by_role("button", name="Pay £20").click()


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def the_news_arrives(session: Session, scene: BookingScene) -> None:
    """Writes the rows that the worker writes after the payment's webhook."""
    change(session, "payments", scene.payment, status="succeeded")
    change(session, "appointments", scene.booking, status="booked")


def test_she_pays_and_the_page_says_that_she_is_booked(
    session: Session, stripe_client: StripeClient, phone: Page
) -> None:
    scene = a_hold(session)
    intent = with_intent(session, stripe_client, scene)
    phone.goto(scene.pay)

    expect(phone.get_by_text("Paying by card requires JavaScript")).to_be_hidden()
    pay(phone, PAYS)
    heading(phone, "Your payment is being confirmed")
    assert stripe_client.v1.payment_intents.retrieve(intent).status == "succeeded"
    the_news_arrives(session, scene)

    heading(phone, "You're booked")
    assert phone.url.endswith(scene.pay), "nothing of the payment stays in the address"
    phone.get_by_role("link", name="View booking").click()
    heading(phone, "Your appointment")


@pytest.mark.long
def test_by_keyboard_alone_in_daylight(session: Session, stripe_client: StripeClient, wide_screen: Page) -> None:
    scene = a_hold(session)
    with_intent(session, stripe_client, scene)
    wide_screen.goto(scene.pay)
    expect(wide_screen.get_by_role("button", name="Pay £20")).to_be_enabled()

    wide_screen.keyboard.press("Tab")
    expect(wide_screen.get_by_role("link", name="Skip to the appointment")).to_be_focused()
    wide_screen.keyboard.press("Enter")
    tab_to(wide_screen, "Card number")
    for typed in (PAYS, "1234", "123"):
        wide_screen.keyboard.type(typed)
        wide_screen.keyboard.press("Tab")
    expect(wide_screen.get_by_role("button", name="Pay £20")).to_be_focused()
    wide_screen.keyboard.press("Enter")

    heading(wide_screen, "Your payment is being confirmed")


def tab_to(page: Page, label: str) -> None:
    """Presses Tab until the field has the focus, up to twelve times."""
    field = page.get_by_label(label)
    for _ in range(12):
        if field.evaluate("field => field.getRootNode().activeElement === field"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{label} is not reached by the keyboard")


@pytest.mark.long
def test_a_declined_card_is_explained_and_another_one_pays(
    session: Session, stripe_client: StripeClient, phone: Page
) -> None:
    scene = a_hold(session)
    with_intent(session, stripe_client, scene)
    phone.goto(scene.pay)

    pay(phone, DECLINES)

    told = phone.get_by_role("alert").filter(has_text="You were not charged. Try again")
    expect(told).to_be_focused()
    pay(phone, PAYS)
    heading(phone, "Your payment is being confirmed")


@pytest.mark.long
def test_after_the_last_attempt_the_page_waits_for_what_becomes_of_the_hold(
    session: Session, stripe_client: StripeClient, phone: Page
) -> None:
    scene = a_hold(session, shop={"payment_attempts": 1})
    with_intent(session, stripe_client, scene)
    phone.goto(scene.pay)

    pay(phone, DECLINES)
    expect(phone.get_by_role("button", name="One moment…")).to_be_disabled()
    change(
        session,
        "payments",
        scene.payment,
        failures=1,
        release_reason="failed",
        release_requested_at=minutes_from_now(0),
    )

    heading(phone, "The payment didn't go through")
    expect(phone.get_by_role("link", name="Call Salon Lou")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize(
    ("answer", "then"),
    [("Approve", "being confirmed"), ("Refuse", "Try again with the same card")],
)
def test_the_bank_may_ask_first(
    session: Session, stripe_client: StripeClient, phone: Page, answer: str, then: str
) -> None:
    scene = a_hold(session)
    with_intent(session, stripe_client, scene)
    phone.goto(scene.pay)

    pay(phone, ASKS_THE_BANK)
    phone.get_by_role("button", name=answer).click()

    expect(phone.get_by_role("main")).to_contain_text(then)


@pytest.mark.long
def test_the_page_counts_down_and_closes_by_itself(
    session: Session, stripe_client: StripeClient, phone: Page
) -> None:
    scene = a_hold(session, payment={"expires_at": minutes_from_now(0.1)})
    with_intent(session, stripe_client, scene)
    phone.goto(scene.pay)

    expect(phone.locator("[data-left]")).to_have_text(re.compile(r"0:0\d left"))

    heading(phone, "The time to pay has run out")
    expect(phone.get_by_role("main")).to_contain_text("If you have just paid, please stay on this page")
    change(session, "payments", scene.payment, status="cancelled")
    change(session, "appointments", scene.booking, status="cancelled")
    phone.reload()
    expect(phone.get_by_role("main")).to_contain_text("You were not charged")


@pytest.mark.long
def test_a_visitors_wrong_clock_changes_nothing(
    session: Session, stripe_client: StripeClient, browser: Browser, site: str
) -> None:
    scene = a_hold(session)
    with_intent(session, stripe_client, scene)
    with own_window(browser, site, **PHONE) as page:
        page.clock.set_fixed_time("2030-01-01T00:00:00Z")
        page.goto(scene.pay)

        expect(page.locator("[data-left]")).to_have_text(re.compile(r"14:\d\d left"))


def test_a_customer_who_is_too_late_sees_this(session: Session, phone: Page) -> None:
    over = {"status": "cancelled", "expires_at": minutes_from_now(-5)}
    scene = a_hold(session, booking={"status": "cancelled"}, payment=over)

    phone.goto(scene.pay)

    heading(phone, "The time to pay has run out")
    expect(phone.get_by_role("button")).to_have_count(0)


@pytest.mark.long
def test_a_page_in_preparation_continues_automatically(
    session: Session, stripe_client: StripeClient, phone: Page
) -> None:
    scene = a_hold(session, payment={"client_secret": None})
    phone.goto(scene.pay)
    heading(phone, "We're preparing your payment")

    with_intent(session, stripe_client, scene)

    heading(phone, "Pay £20 to book")
    expect(phone.get_by_role("button", name="Pay £20")).to_be_enabled()


@pytest.mark.long
def test_a_blocked_script_is_reported(session: Session, phone: Page) -> None:
    scene = a_hold(session)
    phone.route("**/stripe.js", lambda route: route.abort())

    phone.goto(scene.pay)

    expect(phone.get_by_role("alert").first).to_contain_text("The card form couldn't be loaded")
    expect(phone.get_by_role("button", name="Try again")).to_be_enabled()


@pytest.mark.long
def test_without_scripts_the_page_gives_advice(session: Session, browser: Browser, site: str) -> None:
    scene = a_hold(session)
    with window(browser, site, java_script_enabled=False, **PHONE) as page:
        page.goto(scene.pay)

        expect(page.get_by_text("Paying by card requires JavaScript")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)
