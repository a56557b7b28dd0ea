"""The sandbox's version of Stripe's script, in a real browser on a page with a strict content policy."""

import pytest

from tests.browser import STILL, kept_page

PAGE = """<!doctype html><div id="card"></div><button id="pay">Pay</button><p id="outcome"></p>
<script src="{home}/v3/"></script><script src="/pay.js"></script>"""
SCRIPT = """
var stripe = Stripe("pk_test_1"), elements = stripe.elements({{ clientSecret: "{secret}" }});
elements.create("payment").mount("#card");
document.getElementById("pay").onclick = function () {{
  stripe.confirmPayment({{ elements: elements, redirect: "if_required" }}).then(function (result) {{
    document.getElementById("outcome").textContent = result.error ? result.error.code : result.paymentIntent.status;
  }});
}};
"""


@pytest.fixture
def payment(sandbox, application, browser):
    intent = sandbox.intent()
    policy = f"default-src 'none'; script-src 'self' {sandbox.url}; connect-src {sandbox.url}; style-src 'self'"
    application.page_headers = [("Content-Security-Policy", policy)]
    application.pages = {
        "/pay": PAGE.format(home=sandbox.url),
        "/pay.js": SCRIPT.format(secret=intent.client_secret),
    }
    with kept_page(browser, **STILL) as page:
        page.goto(f"{application.url}/pay")
        page.intent = intent
        yield page


def pay_with(page, card):
    page.get_by_role("button", name=card).click()
    page.get_by_role("button", name="Pay", exact=True).click()


def says(page, word):
    page.locator("#outcome", has_text=word).wait_for()
    return True


@pytest.mark.long
@pytest.mark.browser
def test_a_good_card_pays(sandbox, payment):
    pay_with(payment, "Pays")
    assert says(payment, "succeeded")
    assert sandbox.stripe.payment_intents.retrieve(payment.intent.id).status == "succeeded"


@pytest.mark.long
@pytest.mark.browser
def test_after_a_declined_card_another_may_pay(payment):
    pay_with(payment, "Is declined")
    assert says(payment, "card_declined")
    pay_with(payment, "Pays")
    assert says(payment, "succeeded")


@pytest.mark.long
@pytest.mark.browser
def test_the_bank_may_be_refused_and_then_approved(payment):
    pay_with(payment, "Asks the bank first")
    payment.get_by_role("button", name="Refuse").click()
    assert says(payment, "payment_intent_authentication_failure")
    payment.get_by_role("button", name="Pay", exact=True).click()
    payment.get_by_role("button", name="Approve").click()
    assert says(payment, "succeeded")


@pytest.mark.long
@pytest.mark.browser
def test_half_a_card_number_asks_nobody(sandbox, payment):
    payment.get_by_label("Card number").fill("4242")
    payment.get_by_role("button", name="Pay", exact=True).click()
    assert says(payment, "incomplete_number")
    assert sandbox.ledger(method="POST", path=f"/v1/payment_intents/{payment.intent.id}/confirm") == []
