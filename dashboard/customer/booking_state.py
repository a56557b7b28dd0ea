"""Determines the stage that the booking page shows. The first matching rule applies."""

from collections.abc import Callable
from enum import StrEnum

from domain.state import LIVE_BOOKINGS, BookingStatus
from views.public_pages import BookingPage


class BookingStage(StrEnum):
    """The stages of the booking page."""

    BOOKED = "booked"
    HELD = "held"
    HOLD_OVER = "hold over"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    BEGUN = "begun"
    DONE = "done"
    MISSED = "missed"


def _started(page: BookingPage) -> bool:
    return page.appointment.starts_at <= page.now


RULES: tuple[tuple[BookingStage, Callable[[BookingPage], bool]], ...] = (
    (BookingStage.CANCELLED, lambda page: page.appointment.status is BookingStatus.CANCELLED),
    (BookingStage.DONE, lambda page: page.appointment.status is BookingStatus.SETTLED),
    (BookingStage.MISSED, lambda page: page.appointment.status is BookingStatus.VOIDED),
    (BookingStage.CANCELLING, lambda page: page.appointment.cancel_requested),
    (BookingStage.BOOKED, lambda page: page.appointment.status is BookingStatus.BOOKED and not _started(page)),
    (BookingStage.BEGUN, lambda page: page.appointment.status is BookingStatus.BOOKED),
    (BookingStage.HELD, lambda page: page.due is not None and not _started(page)),
)

MAY_CANCEL = frozenset({BookingStage.BOOKED, BookingStage.HELD})


def stage_of(page: BookingPage) -> BookingStage:
    """Returns the stage of this booking. Every combination of column values has a stage."""
    return next((stage for stage, holds in RULES if holds(page)), BookingStage.HOLD_OVER)


def left_to_pay(page: BookingPage) -> int:
    """The unpaid part of the price, in the currency's smallest unit; 0 if no price is known."""
    live = page.appointment.status in LIVE_BOOKINGS
    return max((page.appointment.price_cents or 0) - page.paid_cents, 0) if live else 0
