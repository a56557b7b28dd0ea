"""Customers who answer an offer with something other than YES or NO."""

import pytest

from tests.effort import long_except
from tests.live_system import LiveCustomer, LiveShop, LiveSystem

QUESTION = "Please reply YES or NO"
STAFF = (
    "SELECT text FROM notifications WHERE shop_id = %s AND customer_id IS NULL AND kind = 'customer_text' ORDER BY id"
)


def shown_to_staff(shop: LiveShop) -> list[str]:
    return [row["text"] for row in shop.live.rows(STAFF, shop.id)]


def says_and_waits(customer: LiveCustomer, body: str) -> None:
    """Sends a text and waits until it has been received and handled."""
    handled = "SELECT count(*) AS n FROM messages WHERE shop_id = %s AND direction = 'inbound'"
    before = customer.shop.live.row(handled, customer.shop.id)["n"]
    customer.says(body)
    customer.shop.live.wait_until_idle()
    customer.shop.settles()
    assert customer.shop.live.row(handled, customer.shop.id)["n"] == before + 1


@pytest.mark.parametrize(
    "body",
    long_except(
        ["I do not accept", "Please do not book me in", "never book me in", "No\n\n> {offer}", "“{offer}” No thanks"],
        *("I do not accept", "No\n\n> {offer}"),
    ),
)
def test_a_customer_who_refuses_is_not_booked(live: LiveSystem, body: str) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.says(body.replace("{offer}", ana.is_asked()))
    slot.becomes("expired")
    assert slot.offers() == {"Ana": "declined"}
    assert slot.bookings() == {}


@pytest.mark.parametrize(
    "body",
    long_except(
        [
            *["Fwd: {offer}", "I wonder. {offer}", "What?\n-------- Original message --------\n{offer}", "> {offer}"],
            *[
                "This number does not accept text messages.",
                "Thank you for contacting Riverside. We confirm shortly.",
            ],
            *["Removed 👍 from “\u200a{offer}\u200a”", "Liked “{offer}”"],
            *["Yes but only at 11", "Yes if you can do 11 instead"],
        ],
        *("Fwd: {offer}", "Yes but only at 11"),
    ),
)
def test_a_text_that_only_contains_an_accepting_word_books_nobody(live: LiveSystem, body: str) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    says_and_waits(ana, body.replace("{offer}", ana.is_asked()))
    assert slot.offers() == {"Ana": "sent"}
    assert slot.bookings() == {}


@pytest.mark.long
def test_an_automatic_reply_is_asked_nothing(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.cancelled()
    ana.is_asked()
    for _ in range(2):
        says_and_waits(ana, "Automatic reply: I am out of the office until Monday.")
    assert len(ana.texts()) == 1
    assert shown_to_staff(shop) == []


def test_a_reply_that_nobody_recognises_is_asked_back_once_for_its_offer(live: LiveSystem) -> None:
    shop = live.shop(offer_window_minutes=300)
    ana = shop.customer("Ana")
    shop.cancelled()
    ana.is_asked()
    says_and_waits(ana, "Our lines are busy, dial 4")
    ana.gets(QUESTION)
    live.rows("UPDATE messages SET created_at = created_at - interval '2 hours' WHERE shop_id = %s", shop.id)
    says_and_waits(ana, "Our lines are busy, dial 4")
    assert len([text for text in ana.texts() if QUESTION in text]) == 1


@pytest.mark.long
def test_a_condition_is_asked_back_and_shown_to_the_staff(live: LiveSystem) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.cancelled()
    ana.is_asked()
    ana.says("Yes but only at 11")
    ana.gets(QUESTION)
    assert shown_to_staff(shop) == ['Ana wrote: "Yes but only at 11"']


@pytest.mark.parametrize(
    "body", long_except(["Can I move to 3pm?", "Sorry, I can't make it tomorrow"], "Can I move to 3pm?")
)
def test_a_text_of_a_booked_customer_reaches_the_staff(live: LiveSystem, body: str) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.appointment(ana)
    says_and_waits(ana, body)
    assert shown_to_staff(shop) == [f'Ana wrote: "{body}"']
    assert ana.texts() == []


@pytest.mark.long
@pytest.mark.parametrize("body", long_except(["Thanks!", "No thanks", "Liked “See you on Monday”"], "Thanks!"))
def test_staff_are_not_shown_what_needs_no_answer(live: LiveSystem, body: str) -> None:
    shop = live.shop()
    says_and_waits(ana := shop.customer("Ana"), body)
    assert shown_to_staff(shop) == []
    assert ana.texts() == []


@pytest.mark.parametrize("body", long_except(["who is this?", "Quién es?", "Info please"], "who is this?"))
@pytest.mark.parametrize("with_offer", long_except([False, True], True))
def test_a_customer_who_asks_who_is_writing_gets_name_phone_and_a_way_out(
    live: LiveSystem, body: str, with_offer: bool
) -> None:
    shop = live.shop(phone="020 7946 0000")
    ana = shop.customer("Ana")
    if with_offer:
        shop.cancelled()
        ana.is_asked()
    ana.says(body)
    assert ana.gets("This is Aurora").startswith("This is Aurora, 020 7946 0000. ")
    ana.gets("Reply STOP")
    assert len(ana.texts()) == 1 + with_offer


@pytest.mark.long
@pytest.mark.parametrize("body", long_except(["HELP", "INFO"], "HELP"))
def test_no_second_reply_is_sent_if_the_carrier_answered(live: LiveSystem, body: str) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    shop.cancelled()
    ana.is_asked()
    says_and_waits(ana, body)
    assert len(ana.texts()) == 1
    assert shown_to_staff(shop) == []


@pytest.mark.parametrize(
    "body",
    long_except(["Unsub", "UNSUSCRIBE", "unsubscribed", "Please unsub me", "Ne m’écrivez plus"], "Please unsub me"),
)
def test_a_customer_who_wants_no_more_texts_is_opted_out(live: LiveSystem, body: str) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.cancelled()
    ana.is_asked()
    says_and_waits(ana, body)
    slot.becomes("expired")
    found = live.row("SELECT sms_opt_in FROM customers WHERE id = %s", ana.id)
    assert found["sms_opt_in"] is False
