"""Where a booking stands for the customer who made it, first matching rule first."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from domain.state import LIVE_BOOKINGS, BookingStatus
from views.public_pages import BookingPage


class BookingStage(StrEnum):
    """What the page is about."""

    BOOKED = "booked"
    HELD = "held"
    HOLD_OVER = "hold over"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    BEGUN = "begun"
    DONE = "done"
    MISSED = "missed"


def _begun(page: BookingPage) -> bool:
    return page.visit.starts_at <= page.now


RULES: tuple[tuple[BookingStage, Callable[[BookingPage], bool]], ...] = (
    (BookingStage.CANCELLED, lambda page: page.visit.status is BookingStatus.CANCELLED),
    (BookingStage.DONE, lambda page: page.visit.status is BookingStatus.SETTLED),
    (BookingStage.MISSED, lambda page: page.visit.status is BookingStatus.VOIDED),
    (BookingStage.CANCELLING, lambda page: page.visit.cancel_requested),
    (BookingStage.BOOKED, lambda page: page.visit.status is BookingStatus.BOOKED and not _begun(page)),
    (BookingStage.BEGUN, lambda page: page.visit.status is BookingStatus.BOOKED),
    (BookingStage.HELD, lambda page: page.due is not None and not _begun(page)),
)

MAY_CANCEL = frozenset({BookingStage.BOOKED, BookingStage.HELD})


def stage_of(page: BookingPage) -> BookingStage:
    """Exactly one, whatever the columns hold."""
    return next((stage for stage, holds in RULES if holds(page)), BookingStage.HOLD_OVER)


def left_to_pay(page: BookingPage) -> int:
    """What of the price is still open, in the smallest unit; 0 where no price is known."""
    live = page.visit.status in LIVE_BOOKINGS
    return max((page.visit.price_cents or 0) - page.paid_cents, 0) if live else 0
