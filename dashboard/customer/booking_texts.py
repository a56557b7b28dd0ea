"""What customers read on their booking's page, by stage. The one place to change a word, or to add a language."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.customer.booking_state import BookingStage
from dashboard.customer.stage_texts import StageTexts, Tone, filled
from dashboard.formatting import Style
from views.public_pages import BookingPage

BOOKING: Mapping[BookingStage, StageTexts] = {
    BookingStage.BOOKED: StageTexts(Tone.GOOD, "check", "Booked", "Your appointment", "See you {when}."),
    BookingStage.HELD: StageTexts(
        Tone.WAIT, "clock", "Held", "Held for you", "Pay {amount}{until}, and it's booked."
    ),
    BookingStage.HOLD_OVER: StageTexts(
        Tone.STOP,
        "clock",
        "Hold over",
        "The time to pay has run out",
        "We held this appointment for as long as we could. If you have just paid, look again in a minute.",
    ),
    BookingStage.CANCELLING: StageTexts(
        Tone.WAIT,
        "clock",
        "Being cancelled",
        "Your booking is being cancelled",
        "We're making sure that no payment can go through any more. This takes a few seconds.",
    ),
    BookingStage.CANCELLED: StageTexts(
        Tone.CALM, "cross", "Cancelled", "Your booking is cancelled", "Thank you for letting us know."
    ),
    BookingStage.BEGUN: StageTexts(
        Tone.CALM,
        "check",
        "Started",
        "Your appointment",
        "It has begun, so it can't be changed here any more. Please get in touch with {shop}.",
    ),
    BookingStage.DONE: StageTexts(
        Tone.GOOD, "check", "Done", "Thank you for your visit", "We hope to see you again."
    ),
    BookingStage.MISSED: StageTexts(
        Tone.CALM,
        "cross",
        "Not kept",
        "This appointment is over",
        "It is noted as not kept. If that's not right, please get in touch with {shop}.",
    ),
}


def booking_texts(page: BookingPage, stage: BookingStage, style: Style) -> StageTexts:
    """What the booking's page says in this stage."""
    due = page.due
    return filled(
        BOOKING[stage],
        shop=page.shop.name,
        amount=style.amount(due.amount_cents, due.currency) if due else "",
        what="",
        when=style.when(page.visit.starts_at, page.now),
        until=f" until {style.until(due.expires_at, page.now)}" if due and due.expires_at else "",
    )
