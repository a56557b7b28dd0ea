"""The texts of the booking page, by stage."""

from collections.abc import Mapping
from dataclasses import replace

from dashboard.customer.booking_state import BookingStage
from dashboard.customer.stage_texts import StageTexts, Tone, filled
from dashboard.formatting import Style
from views.public_pages import BookingPage

BOOKING: Mapping[BookingStage, StageTexts] = {
    BookingStage.BOOKED: StageTexts(Tone.GOOD, "check", "Booked", "Your appointment", "See you {when}."),
    BookingStage.HELD: StageTexts(
        Tone.WAIT, "clock", "On hold", "We're holding this appointment for you", "Pay {amount} to book it."
    ),
    BookingStage.HOLD_OVER: StageTexts(
        Tone.STOP,
        "clock",
        "Hold expired",
        "The time to pay has run out",
        "We couldn't hold this appointment any longer. If you have just paid, reload this page in a minute.",
    ),
    BookingStage.CANCELLING: StageTexts(
        Tone.WAIT,
        "clock",
        "Cancelling",
        "We're cancelling your booking",
        "We're making sure that you can't be charged. This takes a few seconds.",
    ),
    BookingStage.CANCELLED: StageTexts(
        Tone.CALM, "cross", "Cancelled", "Your booking is cancelled", "We hope to see you another time."
    ),
    BookingStage.BEGUN: StageTexts(
        Tone.CALM,
        "check",
        "Started",
        "Your appointment",
        "Your appointment has started. To change it, please contact {shop}.",
    ),
    BookingStage.DONE: StageTexts(
        Tone.GOOD, "check", "Completed", "Thank you for your visit", "We hope to see you again."
    ),
    BookingStage.MISSED: StageTexts(
        Tone.CALM,
        "cross",
        "Missed",
        "This appointment is over",
        "It was marked as missed. If that's wrong, please contact {shop}.",
    ),
}
HELD_UNTIL = "Pay {amount} by {until} to book it."


def booking_texts(page: BookingPage, stage: BookingStage, style: Style) -> StageTexts:
    """Returns the texts for this stage with all placeholders replaced."""
    due, found = page.due, BOOKING[stage]
    deadline = due.expires_at if due else None
    if stage is BookingStage.HELD and deadline:
        found = replace(found, lead=HELD_UNTIL)
    return filled(
        found,
        shop=page.shop.name,
        amount=style.amount(due.amount_cents, due.currency) if due else "",
        when=style.when(page.appointment.starts_at, page.now),
        until=style.until(deadline, page.now) if deadline else "",
    )
