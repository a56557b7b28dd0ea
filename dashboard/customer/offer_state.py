"""Determines the stage that the offer page shows. The first matching rule applies."""

from collections.abc import Callable
from enum import StrEnum

from domain.state import BookingStatus, ClosedAs, OfferStatus, SlotStatus
from views.offer_pages import OfferPage


class OfferStage(StrEnum):
    """The stages of the offer page."""

    OPEN = "open"
    ANSWERING = "answering"
    HELD = "held"
    BOOKED = "booked"
    IN_LINE = "in line"
    DECLINED = "declined"
    TAKEN = "taken"
    EXPIRED = "expired"
    OVER = "over"


MAY_ACCEPT = frozenset({OfferStage.OPEN, OfferStage.EXPIRED})
"""A late YES is accepted while the time is still free."""

MAY_DECLINE = frozenset({OfferStage.OPEN})
LIVE = frozenset({OfferStatus.PENDING, OfferStatus.SENT})
KEPT = frozenset({BookingStatus.BOOKED, BookingStatus.SETTLED, BookingStatus.VOIDED})


def _booked(page: OfferPage) -> bool:
    return page.booking is not None and page.booking.status in KEPT


def _held(page: OfferPage) -> bool:
    booking = page.booking
    return booking is not None and booking.status is BookingStatus.PENDING_PAYMENT and booking.pay_token is not None


def _over(page: OfferPage) -> bool:
    """Whether the offered time has started, or the customer has lost the booking that the YES created."""
    return page.appointment.starts_at <= page.now or page.booking is not None


def _searching(page: OfferPage) -> bool:
    return page.slot_status is SlotStatus.OPEN


RULES: tuple[tuple[OfferStage, Callable[[OfferPage], bool]], ...] = (
    (OfferStage.BOOKED, _booked),
    (OfferStage.HELD, _held),
    (OfferStage.ANSWERING, lambda page: page.answering),
    (OfferStage.OVER, _over),
    (
        OfferStage.OPEN,
        lambda page: page.status in LIVE and (page.expires_at is None or page.expires_at > page.now),
    ),
    (OfferStage.IN_LINE, lambda page: page.said_late_yes and _searching(page)),
    (OfferStage.DECLINED, lambda page: page.status is OfferStatus.DECLINED and not page.said_late_yes),
    (
        OfferStage.TAKEN,
        lambda page: page.slot_status is SlotStatus.FILLED or page.closed_as is ClosedAs.SOLD_BY_HAND,
    ),
    (OfferStage.EXPIRED, lambda page: page.status in LIVE | {OfferStatus.EXPIRED} and _searching(page)),
)


def stage_of(page: OfferPage) -> OfferStage:
    """Returns the stage of this offer. Every combination of column values has a stage."""
    return next((stage for stage, holds in RULES if holds(page)), OfferStage.OVER)
