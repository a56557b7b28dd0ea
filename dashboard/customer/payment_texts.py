"""The texts of the payment page, by stage."""

from collections.abc import Mapping
from dataclasses import replace

from dashboard.customer.payment_state import LONG_TO_PREPARE, PayStage
from dashboard.customer.stage_texts import StageTexts, Tone, filled
from dashboard.formatting import Style
from views.public_pages import PaymentPage

BANK_DELAY = (
    "We're sorry this booking didn't work out. Your refund may take up to two weeks to appear in your bank account."
)

PAY: Mapping[PayStage, StageTexts] = {
    PayStage.DUE: StageTexts(
        Tone.WAIT, "clock", "On hold", "Pay {amount} to book", "Your appointment is booked once the deposit is paid."
    ),
    PayStage.PREPARING: StageTexts(
        Tone.WAIT,
        "clock",
        "Preparing",
        "We're preparing your payment",
        "This takes a few seconds. The page updates automatically.",
    ),
    PayStage.CONFIRMING: StageTexts(
        Tone.WAIT,
        "clock",
        "Confirming",
        "Your payment is being confirmed",
        "This takes a few seconds. Please don't pay again. The page updates automatically.",
    ),
    PayStage.PAID: StageTexts(
        Tone.GOOD, "check", "Booked", "You're booked", "We've received your {amount}. Thank you!"
    ),
    PayStage.PAID_THEN_CANCELLED: StageTexts(
        Tone.CALM,
        "cross",
        "Cancelled",
        "This booking was cancelled",
        "{shop} has kept the {amount} you paid. Refunds are up to {shop}.",
    ),
    PayStage.REFUNDING: StageTexts(
        Tone.CALM, "back", "Refund on its way", "We're refunding your {amount}", BANK_DELAY
    ),
    PayStage.REFUNDED: StageTexts(Tone.CALM, "back", "Refunded", "We've refunded your {amount}", BANK_DELAY),
    PayStage.DISPUTED: StageTexts(
        Tone.CALM,
        "clock",
        "Disputed",
        "Your bank is reviewing this payment",
        "The payment was disputed, and your bank will decide. {shop} can tell you more.",
    ),
    PayStage.WITH_THE_SHOP: StageTexts(
        Tone.CALM,
        "person",
        "Under review",
        "{shop} is checking your payment",
        "Please don't pay again. If you have questions, please contact {shop}.",
    ),
    PayStage.DECLINED: StageTexts(
        Tone.STOP,
        "cross",
        "Not paid",
        "The payment didn't go through",
        "Your card was declined and you were not charged. We couldn't hold this appointment any longer.",
    ),
    PayStage.TAKEN: StageTexts(
        Tone.STOP,
        "cross",
        "Taken",
        "This time is no longer available",
        "You ran out of time to pay, and someone else booked this appointment. You were not charged.",
    ),
    PayStage.GIVEN_UP: StageTexts(
        Tone.CALM,
        "cross",
        "Cancelled",
        "This booking was cancelled",
        "There is nothing to pay, and you were not charged.",
    ),
    PayStage.TOO_LATE: StageTexts(
        Tone.STOP,
        "clock",
        "Hold expired",
        "The time to pay has run out",
        "We couldn't hold this appointment any longer. You were not charged.",
    ),
}
# The balance has no hold, so the customer keeps the booking if the payment fails.
BALANCE: Mapping[PayStage, StageTexts] = {
    PayStage.DUE: replace(
        PAY[PayStage.DUE],
        state="To pay",
        title="Pay {amount}",
        lead="This is the rest of the price. Your appointment is already booked.",
    ),
    PayStage.PAID: replace(PAY[PayStage.PAID], state="Paid", title="Paid in full"),
    PayStage.GIVEN_UP: replace(PAY[PayStage.GIVEN_UP], lead="There is nothing left to pay."),
    PayStage.DECLINED: replace(
        PAY[PayStage.DECLINED],
        lead="Your card was declined and you were not charged. Please contact {shop} to pay another way.",
    ),
    PayStage.TOO_LATE: replace(
        PAY[PayStage.TOO_LATE],
        state="Closed",
        title="Online payment is closed",
        lead="You were not charged. Please contact {shop} to pay another way.",
    ),
}
PAY_IN_FULL = "Your appointment is booked once you have paid."
NOT_RELEASED = "If you have just paid, please stay on this page until it updates."
PREPARING_SLOWLY = "This is taking longer than usual. You can stay on this page, or contact {shop}."


def payment_texts(page: PaymentPage, stage: PayStage, style: Style, *, waits: bool) -> StageTexts:
    """Returns the texts for this stage with all placeholders replaced.

    `waits` is true if Stripe may still report the payment's result.
    """
    found = BALANCE.get(stage, PAY[stage]) if page.kind == "balance" else PAY[stage]
    whole = page.appointment.price_cents is not None and page.amount_cents >= page.appointment.price_cents
    if stage is PayStage.DUE and whole and page.kind != "balance":
        found = replace(found, lead=PAY_IN_FULL)
    if waits and stage in {PayStage.TOO_LATE, PayStage.GIVEN_UP}:
        found = replace(found, lead=NOT_RELEASED)
    if stage is PayStage.PREPARING and page.now - page.created_at > LONG_TO_PREPARE:
        found = replace(found, lead=PREPARING_SLOWLY)
    if stage is PayStage.PAID and page.appointment.ends_at <= page.now:
        found = BALANCE[PayStage.PAID]
    return filled(found, shop=page.shop.name, amount=style.amount(page.amount_cents, page.currency))
