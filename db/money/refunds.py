"""Refunds of payments, as requested by staff and as reported by Stripe."""

from dataclasses import dataclass
from uuid import UUID

from psycopg import errors
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.clock import NOW
from db.models import Payment, Refund
from domain.state import RefundStatus


class RefundRefusedError(Exception):
    """The payment is not paid, or less than the requested amount is left to refund."""


class RefundSentError(Exception):
    """The form was already submitted with another amount, and that refund was requested."""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A refund to make. The form contains its `id`, so that submitting the form twice requests one refund.

    The amount is in minor units of the payment's currency.
    """

    id: UUID
    shop_id: UUID
    payment_id: UUID
    amount_cents: int
    reason: str
    requested_by: str


def request(session: Session, wanted: RefundRequest) -> bool:
    """Adds the request. Returns False if the request already exists.

    Raises RefundRefusedError, and RefundSentError if the id was used for a different refund.
    """
    if is_sent(session, wanted):
        return False
    try:
        with session.begin_nested():
            values = {name: getattr(wanted, name) for name in RefundRequest.__dataclass_fields__}
            session.execute(insert(Refund).values(**values))
    except IntegrityError as error:
        if isinstance(error.orig, errors.UniqueViolation):
            is_sent(session, wanted)
            return False
        if isinstance(error.orig, errors.CheckViolation):
            raise RefundRefusedError from error
        raise
    return True


def is_sent(session: Session, wanted: RefundRequest) -> bool:
    """Whether this refund was already requested. Raises RefundSentError if the id was used for a different refund."""
    sent = session.get(Refund, wanted.id)
    if sent is None:
        return False
    if (sent.payment_id, sent.amount_cents) != (wanted.payment_id, wanted.amount_cents):
        raise RefundSentError
    return True


@dataclass(frozen=True, slots=True)
class FoundRefund:
    """A refund and its payment. Amounts are in minor units of `currency`."""

    id: UUID
    shop_id: UUID
    status: str
    amount_cents: int
    reason: str
    requested_by: str
    payment_id: UUID
    appointment_id: UUID
    intent_id: str | None
    currency: str


def find(session: Session, refund_id: UUID) -> FoundRefund | None:
    """Returns the refund, or None if it doesn't exist."""
    row = (
        session.execute(
            select(
                *(Refund.id, Refund.shop_id, Refund.status, Refund.amount_cents, Refund.reason, Refund.requested_by),
                *(Refund.payment_id, Payment.appointment_id, Payment.currency),
                Payment.stripe_payment_intent_id.label("intent_id"),
            )
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Refund.id == refund_id)
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else FoundRefund(**row)


def succeed(session: Session, refund_id: UUID, stripe_refund_id: str) -> bool:
    """Records that Stripe made the refund. Returns False if the refund has already ended."""
    done = session.execute(
        update(Refund)
        .where(Refund.id == refund_id, Refund.status == RefundStatus.REQUESTED.value)
        .values(status=RefundStatus.SUCCEEDED.value, stripe_refund_id=stripe_refund_id, ended_at=NOW)
        .returning(Refund.id)
    )
    return done.scalar_one_or_none() is not None


def fail(session: Session, refund_id: UUID, why: str, *, stripe_refund_id: str | None = None) -> bool:
    """Records that the refund can't be made or was rejected by the bank. Returns False if it has already failed.

    `stripe_refund_id`: the refund's Stripe id, which is stored unless it is already stored.
    """
    known_id = func.coalesce(Refund.stripe_refund_id, stripe_refund_id)
    done = session.execute(
        update(Refund)
        .where(Refund.id == refund_id, Refund.status != RefundStatus.FAILED.value)
        .values(status=RefundStatus.FAILED.value, failure=why, ended_at=NOW, stripe_refund_id=known_id)
        .returning(Refund.id)
    )
    return done.scalar_one_or_none() is not None


def by_stripe_id(session: Session, stripe_refund_id: str) -> UUID | None:
    """Returns the id of the refund with this Stripe id, or None."""
    found: UUID | None = session.execute(
        select(Refund.id).where(Refund.stripe_refund_id == stripe_refund_id)
    ).scalar_one_or_none()
    return found


def add_made_elsewhere(
    session: Session,
    *,
    shop_id: UUID,
    payment_id: UUID,
    stripe_refund_id: str,
    amount_cents: int,
    failure: str | None = None,
) -> bool:
    """Adds a refund that was made at Stripe or by a recovery. `failure`: the reason if it failed.

    Returns False if a refund with this Stripe id exists.
    """
    values = {
        "shop_id": shop_id,
        "payment_id": payment_id,
        "stripe_refund_id": stripe_refund_id,
        "amount_cents": amount_cents,
        "failure": failure,
    }
    status = RefundStatus.FAILED if failure else RefundStatus.SUCCEEDED
    added = insert(Refund).values(**values, status=status.value, ended_at=NOW)
    done = session.execute(added.on_conflict_do_nothing().returning(Refund.id))
    return done.scalar_one_or_none() is not None


def has_failed(session: Session, payment_id: UUID, stripe_refund_id: str | None) -> bool:
    """Whether this refund of the payment has failed or, if `stripe_refund_id` is None, any refund of it."""
    failed = select(Refund.id).where(Refund.payment_id == payment_id, Refund.status == RefundStatus.FAILED.value)
    if stripe_refund_id is not None:
        failed = failed.where(Refund.stripe_refund_id == stripe_refund_id)
    return session.execute(failed.limit(1)).one_or_none() is not None


def is_refunded_in_full(session: Session, payment_id: UUID) -> bool:
    """Whether the full amount of the payment was refunded."""
    return session.execute(
        select(Payment.refunded_cents >= Payment.amount_cents).where(Payment.id == payment_id)
    ).scalar_one()
