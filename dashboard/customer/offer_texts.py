"""The texts of the offer page, by stage."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from dashboard.customer.offer_state import OfferStage
from dashboard.customer.stage_texts import StageTexts, Tone, filled
from dashboard.formatting import Style
from views.offer_pages import OfferPage

ASK_AGAIN = "We may ask you again when another time becomes free."
OFFER: Mapping[OfferStage, StageTexts] = {
    OfferStage.OPEN: StageTexts(
        Tone.WAIT, "calendar", "Offered to you", "An appointment is free", "Would you like it?"
    ),
    OfferStage.ANSWERING: StageTexts(
        Tone.WAIT, "clock", "One moment", "We're recording your answer", "This takes a few seconds."
    ),
    OfferStage.HELD: StageTexts(
        Tone.WAIT, "clock", "On hold", "We're holding this appointment for you", "Pay {amount} to book it."
    ),
    OfferStage.BOOKED: StageTexts(Tone.GOOD, "check", "Booked", "The appointment is yours", "See you {when}."),
    OfferStage.IN_LINE: StageTexts(
        Tone.WAIT,
        "clock",
        "In line",
        "You're next in line",
        "Your answer came too late. If nobody else takes the appointment, it's yours.",
    ),
    OfferStage.DECLINED: StageTexts(Tone.CALM, "cross", "Declined", "Thank you for letting us know", ASK_AGAIN),
    OfferStage.TAKEN: StageTexts(Tone.CALM, "cross", "Taken", "This appointment has been taken", ASK_AGAIN),
    OfferStage.EXPIRED: StageTexts(
        Tone.STOP,
        "clock",
        "Expired",
        "The time to answer has run out",
        "You can still say yes: if nobody else takes the appointment, it's yours.",
    ),
    OfferStage.OVER: StageTexts(Tone.CALM, "cross", "Ended", "This offer has ended", ASK_AGAIN),
}
MOVE, ANSWER_BY, PAY_BY = (
    "An earlier time is free",
    "Please answer by {until}.",
    "Pay {amount} by {until} to book it.",
)


def offer_texts(page: OfferPage, stage: OfferStage, style: Style) -> StageTexts:
    """Returns the texts for this stage with all placeholders replaced."""
    found, until = OFFER[stage], _until(page, stage)
    if stage is OfferStage.OPEN and page.moving_from:
        found = replace(found, title=MOVE)
    if until is not None:
        found = replace(found, lead=ANSWER_BY if stage is OfferStage.OPEN else PAY_BY)
    return filled(
        found,
        amount=style.amount(page.deposit_cents, page.currency),
        when=style.when(page.appointment.starts_at, page.now),
        until=style.until(until, page.now) if until else "",
    )


def _until(page: OfferPage, stage: OfferStage) -> dt.datetime | None:
    if stage is OfferStage.OPEN:
        return page.expires_at
    return page.booking.pay_until if stage is OfferStage.HELD and page.booking else None
