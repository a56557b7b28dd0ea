"""The content of the phones page and the effects of its buttons."""

import pytest
import requests

from tests.browser import STILL, patient_context
from tests.waiting import PATIENCE_SECONDS, wait_for

ANA, BEN, SHOP = "+447700900101", "+447700900102", "+447700900001"


def look(sandbox):
    return sandbox.get("phones")


def test_a_phone_appears_when_a_number_is_texted(sandbox):
    sandbox.send(to=ANA, body="A slot opened.")
    wait_for(lambda: look(sandbox)["phones"][0]["texts"][0]["status"] == "delivered", "the text to be delivered")
    (phone,) = look(sandbox)["phones"]
    assert (phone["number"], phone["shop"], phone["opted_out"]) == (ANA, SHOP, False)
    assert [(text["way"], text["body"]) for text in phone["texts"]] == [("in", "A slot opened.")]


def test_a_phone_can_be_added_before_it_is_texted(sandbox):
    assert sandbox.post("phones", number=BEN, shop=SHOP, name="Ben").status_code == 201
    assert sandbox.post("phones", number="12", shop=SHOP).status_code == 400
    (phone,) = look(sandbox)["phones"]
    assert (phone["name"], phone["texts"]) == ("Ben", [])


def test_the_page_asks_again_without_cost_while_nothing_changes(sandbox):
    url = f"{sandbox.url}/sandbox/phones"
    tag = requests.get(url, timeout=PATIENCE_SECONDS).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": tag}, timeout=PATIENCE_SECONDS).status_code == 304
    sandbox.send()
    assert requests.get(url, headers={"If-None-Match": tag}, timeout=PATIENCE_SECONDS).status_code == 200


def test_the_page_says_in_words_what_was_asked_and_leaves_out_an_examination(sandbox):
    for path in ("2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json", "v1/webhook_endpoints", "v1/customers"):
        requests.get(f"{sandbox.url}/{path}", timeout=PATIENCE_SECONDS)
    assert [event["words"] for event in look(sandbox)["events"]] == [
        "GET /v1/customers, not supported by the sandbox"
    ]
    assert len(sandbox.ledger()) == 3


def link_text(sandbox, application, page=True):
    intent = sandbox.intent()
    if page:
        application.pages["/pay/token"] = f'<main data-client-secret="{intent.client_secret}">'
    sent = sandbox.send(body=f"Pay here: {application.url}/pay/token.")
    return intent, sent.sid


@pytest.mark.parametrize("page", [True, False])
def test_the_buttons_beside_a_payment_link_pay_that_payment(sandbox, application, page):
    intent, sid = link_text(sandbox, application, page)
    assert sandbox.post(f"texts/{sid}/decline").json() == {"id": intent.id, "status": "requires_payment_method"}
    assert sandbox.post(f"texts/{sid}/pay").json() == {"id": intent.id, "status": "succeeded"}
    (text,) = look(sandbox)["phones"][0]["texts"]
    assert (text["link"], text["payment"]["status"]) == (f"{application.url}/pay/token", "succeeded")
    assert sandbox.post(f"texts/{sid}/pay").status_code == 409


def test_the_page_behind_the_link_decides_which_payment_it_is(sandbox, application):
    intent, sid = link_text(sandbox, application)
    sandbox.intent()
    assert sandbox.post(f"texts/{sid}/look").json() == {"payment": intent.id}


def test_walking_away_pays_nothing(sandbox, application):
    intent, sid = link_text(sandbox, application)
    sandbox.post(f"texts/{sid}/walk_away")
    assert look(sandbox)["phones"][0]["texts"][0]["walked_away"] is True
    assert sandbox.stripe.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_a_chaos_switch_stays_on_until_it_is_turned_off(sandbox, application):
    sandbox.post("switches/cards-declined/on")
    sandbox.post("switches/cards-declined/on")
    assert len(sandbox.get("faults")["faults"]) == 1
    _, sid = link_text(sandbox, application)
    assert sandbox.post(f"texts/{sid}/pay").json()["status"] == "requires_payment_method"
    sandbox.post("switches/cards-declined/off")
    assert sandbox.post(f"texts/{sid}/pay").json()["status"] == "succeeded"


def test_every_switch_turns_on_and_off(sandbox):
    for switch in look(sandbox)["switches"]:
        sandbox.post(f"switches/{switch['name']}/on")
    assert all(switch["on"] for switch in look(sandbox)["switches"])
    for switch in look(sandbox)["switches"]:
        sandbox.post(f"switches/{switch['name']}/off")
    assert look(sandbox)["faults"] == []


def test_looking_changes_nothing(sandbox, application):
    link_text(sandbox, application)
    before = sandbox.ledger(kind="request")
    for path in (
        "/",
        "/phones",
        "/sandbox/phones",
        "/sandbox/faults",
        "/sandbox/mailbox",
        "/sandbox/webhooks",
        "/v3/",
    ):
        assert requests.get(sandbox.url + path, timeout=PATIENCE_SECONDS).ok
    assert sandbox.ledger(kind="request") == before


@pytest.mark.browser
@pytest.mark.long
def test_a_person_answers_and_pays_with_a_mouse(sandbox, application, browser):
    complaints = []
    with patient_context(browser, viewport={"width": 360, "height": 740}, **STILL) as context:
        page = context.new_page()
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{sandbox.url}/phones")
        page.get_by_text("No texts yet").wait_for()
        intent, _ = link_text(sandbox, application)
        phone = page.get_by_role("article", name=ANA)
        phone.get_by_role("button", name="YES").click()
        application.wait(Body="YES")
        phone.get_by_role("textbox").fill("on my way")
        phone.get_by_role("button", name="Send").click()
        application.wait(Body="on my way")
        phone.get_by_role("button", name="Card declined").click()
        phone.get_by_text("generic decline").wait_for()
        phone.get_by_role("button", name="Pay", exact=True).click()
        phone.get_by_text("paid", exact=True).wait_for()
        assert sandbox.stripe.payment_intents.retrieve(intent.id).status == "succeeded"
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert complaints == []


def test_a_named_phone_is_shown_with_its_first_text(sandbox):
    assert sandbox.post("phone-names", shop=SHOP, names={ANA: "Ana Silva"}).status_code == 201
    assert look(sandbox)["phones"] == []
    sandbox.send()
    (phone,) = look(sandbox)["phones"]
    assert (phone["number"], phone["name"]) == (ANA, "Ana Silva")


def test_names_of_invalid_numbers_are_refused(sandbox):
    assert sandbox.post("phone-names", shop=SHOP, names={"12": "Ana"}).status_code == 400
