"""What customers read on their booking's page, by stage. The one place to change a word, or to add a language."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.customer.booking import BookingStage
from dashboard.customer.words import Tone, Words, filled
from dashboard.shown import Style
from db.customer_pages import BookingPage

BOOKING: Mapping[BookingStage, Words] = {
    BookingStage.BOOKED: Words(Tone.GOOD, "check", "Booked", "Your appointment", "See you {when}."),
    BookingStage.HELD: Words(Tone.WAIT, "clock", "Held", "Held for you", "Pay {amount}{until}, and it's booked."),
    BookingStage.HOLD_OVER: Words(
        Tone.STOP,
        "clock",
        "Hold over",
        "The time to pay has run out",
        "We held this appointment for as long as we could. If you have just paid, look again in a minute.",
    ),
    BookingStage.CANCELLING: Words(
        Tone.WAIT,
        "clock",
        "Being cancelled",
        "Your booking is being cancelled",
        "We're making sure that no payment can go through any more. This takes a few seconds.",
    ),
    BookingStage.CANCELLED: Words(
        Tone.CALM, "cross", "Cancelled", "Your booking is cancelled", "Thank you for letting us know."
    ),
    BookingStage.BEGUN: Words(
        Tone.CALM,
        "check",
        "Started",
        "Your appointment",
        "It has begun, so it can't be changed here any more. Please get in touch with {shop}.",
    ),
    BookingStage.DONE: Words(Tone.GOOD, "check", "Done", "Thank you for your visit", "We hope to see you again."),
    BookingStage.MISSED: Words(
        Tone.CALM,
        "cross",
        "Not kept",
        "This appointment is over",
        "It is noted as not kept. If that's not right, please get in touch with {shop}.",
    ),
}


def booking_words(page: BookingPage, stage: BookingStage, style: Style) -> Words:
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
