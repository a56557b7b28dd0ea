"""What customers read on the payment page, by stage. The one place to change a word of it, or to add a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dashboard.customer.payment_state import LONG_TO_PREPARE, PayStage
from dashboard.customer.stage_texts import StageTexts, Tone, filled
from dashboard.formatting import Style
from views.public_pages import PaymentPage

PAY: Mapping[PayStage, StageTexts] = {
    PayStage.DUE: StageTexts(
        Tone.WAIT,
        "clock",
        "Held",
        "Pay {amount} to book",
        "Your appointment is booked as soon as {what} is paid.",
    ),
    PayStage.PREPARING: StageTexts(
        Tone.WAIT,
        "clock",
        "Getting ready",
        "Your payment is being prepared",
        "This takes a few seconds. The page goes on by itself.",
    ),
    PayStage.CONFIRMING: StageTexts(
        Tone.WAIT,
        "clock",
        "Confirming",
        "Your payment is being confirmed",
        "This takes a few seconds. Please don't pay again: this page tells you as soon as it's done.",
    ),
    PayStage.PAID: StageTexts(Tone.GOOD, "check", "Booked", "You're booked", "Your {amount} arrived. Thank you!"),
    PayStage.PAID_THEN_CANCELLED: StageTexts(
        Tone.CALM,
        "cross",
        "Cancelled",
        "This booking was cancelled",
        "The {amount} you paid stays with {shop}. Whether it is given back is their decision: please ask them.",
    ),
    PayStage.REFUNDING: StageTexts(
        Tone.CALM,
        "back",
        "Refund on its way",
        "You're getting your {amount} back",
        "We're sorry it didn't work out. Your bank may need up to ten days to show the refund.",
    ),
    PayStage.REFUNDED: StageTexts(
        Tone.CALM,
        "back",
        "Refunded",
        "You got your {amount} back",
        "We're sorry it didn't work out. Your bank may need up to ten days to show the refund.",
    ),
    PayStage.DISPUTED: StageTexts(
        Tone.CALM,
        "clock",
        "With your bank",
        "This payment is with your bank",
        "It was disputed there, and the bank decides. {shop} can tell you more.",
    ),
    PayStage.WITH_THE_SHOP: StageTexts(
        Tone.CALM,
        "person",
        "With the shop",
        "Somebody is looking at your payment",
        "Something about it needs a person's eye. Please don't pay again; {shop} can tell you more.",
    ),
    PayStage.DECLINED: StageTexts(
        Tone.STOP,
        "cross",
        "Not paid",
        "The payment didn't go through",
        "The card was declined, which happens to everybody now and then. No money was taken. "
        "We couldn't hold this time any longer.",
    ),
    PayStage.TAKEN: StageTexts(
        Tone.STOP,
        "cross",
        "Taken",
        "Somebody else has this time now",
        "The hold ended before it was paid, and the next in line took it. No money was taken from you.",
    ),
    PayStage.GIVEN_UP: StageTexts(
        Tone.CALM,
        "cross",
        "Cancelled",
        "This booking was cancelled",
        "Nothing is left to pay, and nothing was taken.",
    ),
    PayStage.TOO_LATE: StageTexts(
        Tone.STOP,
        "clock",
        "Hold over",
        "The time to pay has run out",
        "We held this appointment for as long as we could. No money was taken.",
    ),
}
# The rest of a price holds nothing, so nothing is lost with it.
BALANCE: Mapping[PayStage, StageTexts] = {
    PayStage.DUE: replace(
        PAY[PayStage.DUE],
        state="To pay",
        title="Pay {amount}",
        lead="This is what is left of the price. Your appointment is booked already.",
    ),
    PayStage.PAID: replace(PAY[PayStage.PAID], state="Paid", title="All paid"),
    PayStage.GIVEN_UP: replace(PAY[PayStage.GIVEN_UP], lead="Nothing is left to pay."),
    PayStage.DECLINED: replace(
        PAY[PayStage.DECLINED],
        lead="The card was declined, which happens to everybody now and then. No money was taken. "
        "Please settle it with {shop}.",
    ),
    PayStage.TOO_LATE: replace(
        PAY[PayStage.TOO_LATE],
        state="Closed",
        title="This can't be paid here any more",
        lead="No money was taken. Please settle it with {shop}.",
    ),
}
NOT_RELEASED = "If you paid at the last moment, please stay on this page: it tells you what became of it."
PREPARING_SLOWLY = "This takes longer than it should. You can stay on this page, or ask {shop}."


def payment_texts(page: PaymentPage, stage: PayStage, style: Style, *, waits: bool) -> StageTexts:
    """What the payment page says in this stage; `waits`: more will come by itself."""
    found = BALANCE.get(stage, PAY[stage]) if page.kind == "balance" else PAY[stage]
    if waits and stage in {PayStage.TOO_LATE, PayStage.GIVEN_UP}:
        found = replace(found, lead=NOT_RELEASED)
    if stage is PayStage.PREPARING and page.now - page.created_at > LONG_TO_PREPARE:
        found = replace(found, lead=PREPARING_SLOWLY)
    if stage is PayStage.PAID and page.visit.ends_at <= page.now:
        found = BALANCE[PayStage.PAID]
    whole = page.visit.price_cents is not None and page.amount_cents >= page.visit.price_cents
    return filled(
        found,
        shop=page.shop.name,
        amount=style.amount(page.amount_cents, page.currency),
        what="it" if whole else "the deposit",
    )
