"""Determines the stage that the payment page shows. The first matching rule applies."""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from domain.state import LIVE_BOOKINGS, BookingStatus, PaymentStatus, ReleaseReason
from views.public_pages import PaymentPage

LONG_TO_PREPARE = timedelta(minutes=2)


class PayStage(StrEnum):
    """The stages of the payment page."""

    DUE = "due"
    PREPARING = "preparing"
    CONFIRMING = "confirming"
    PAID = "paid"
    PAID_THEN_CANCELLED = "paid then cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    WITH_THE_SHOP = "with the shop"
    DECLINED = "declined"
    TAKEN = "taken"
    GIVEN_UP = "given up"
    TOO_LATE = "too late"


WAITING = frozenset({PayStage.PREPARING, PayStage.CONFIRMING})
# These stages are shown as soon as the hold expires. A payment that arrived at the last moment is only detected when
# the hold is released.
UNTIL_RELEASED = frozenset({PayStage.DECLINED, PayStage.GIVEN_UP, PayStage.TOO_LATE})


def _payable(page: PaymentPage) -> bool:
    """Whether the payment can still be made. The balance can be paid after the appointment."""
    late = page.kind == "balance" and page.appointment.status is BookingStatus.SETTLED
    return late or page.appointment.status in LIVE_BOOKINGS


def _over(page: PaymentPage) -> bool:
    ended = page.expires_at is not None and page.expires_at <= page.now
    begun = page.kind == "deposit" and page.appointment.starts_at <= page.now
    cancelled = page.status is PaymentStatus.CANCELLED
    return ended or begun or cancelled or page.releasing or not _payable(page)


def _declined(page: PaymentPage) -> bool:
    failed = page.status is PaymentStatus.FAILED or page.release_reason == ReleaseReason.FAILED
    return failed and _over(page)


def _given_up(page: PaymentPage) -> bool:
    """Whether the customer or the shop cancelled the booking before the hold expired."""
    cancelled_at, until = page.appointment.cancelled_at, page.expires_at
    early = cancelled_at is not None and (until is None or cancelled_at < until)
    requested = page.release_reason == ReleaseReason.DECLINED or page.appointment.cancel_requested
    return _over(page) and (early or requested)


RULES: tuple[tuple[PayStage, Callable[[PaymentPage], bool]], ...] = (
    (PayStage.REFUNDED, lambda page: page.status is PaymentStatus.REFUNDED),
    (PayStage.REFUNDING, lambda page: page.status is PaymentStatus.REFUNDING),
    (PayStage.DISPUTED, lambda page: page.status is PaymentStatus.DISPUTED),
    (PayStage.WITH_THE_SHOP, lambda page: page.needs_human),
    (
        PayStage.PAID_THEN_CANCELLED,
        lambda page: page.status is PaymentStatus.SUCCEEDED and page.appointment.status is BookingStatus.CANCELLED,
    ),
    (
        PayStage.PAID,
        lambda page: (
            page.status is PaymentStatus.SUCCEEDED and page.appointment.status != BookingStatus.PENDING_PAYMENT
        ),
    ),
    (PayStage.CONFIRMING, lambda page: page.status in {PaymentStatus.SUCCEEDED, PaymentStatus.PROCESSING}),
    (PayStage.TAKEN, lambda page: page.taken and not _payable(page)),
    (PayStage.DECLINED, _declined),
    (PayStage.GIVEN_UP, _given_up),
    (PayStage.TOO_LATE, _over),
    (PayStage.PREPARING, lambda page: page.client_secret is None),
)


def stage_of(page: PaymentPage) -> PayStage:
    """Returns the stage of this payment. Every combination of column values has a stage."""
    return next((stage for stage, holds in RULES if holds(page)), PayStage.DUE)


def waits(page: PaymentPage) -> bool:
    """Whether the stage may still change, because Stripe has not reported the final result."""
    stage = stage_of(page)
    releasing = stage in UNTIL_RELEASED and _payable(page) and page.status is not PaymentStatus.CANCELLED
    return stage in WAITING or (releasing and page.kind == "deposit")


def attempts_left(page: PaymentPage) -> int | None:
    """The number of remaining attempts, including the next one; None if there is no limit."""
    return None if page.attempts is None else max(page.attempts - page.failures, 1)
