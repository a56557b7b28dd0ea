"""Merges a duplicate customer into another customer of the same shop."""

from uuid import UUID

from sqlalchemy import Table, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.customers import forgetting
from db.models import Customer, ModelRecord, SlotOffer
from domain.channels import PHONE_CHANNELS
from domain.state import LIVE_OFFERS, BookingStatus


class MergeRefusedError(Exception):
    """The customers can't be merged. The message gives the reason as a sentence for the shop."""


LIVE = text("""
SELECT EXISTS (SELECT 1 FROM slot_offers WHERE customer_id = :id AND status = ANY(:live))
    OR EXISTS (SELECT 1 FROM appointments WHERE customer_id = :id AND status = :held)
    OR EXISTS (SELECT 1 FROM messages WHERE customer_id = :id AND status IN ('queued', 'sending'))
""")
# A customer can have only one offer for a slot. If both customers have one, the duplicate keeps its offer.
OFFERS = text("""
UPDATE slot_offers o SET customer_id = :kept
 WHERE o.customer_id = :duplicate
   AND NOT EXISTS (SELECT 1 FROM slot_offers own
                    WHERE own.slot_opening_id = o.slot_opening_id AND own.customer_id = :kept)
""")
# The customers were asked separately before they were known to be one person. The cooldown of an offer therefore ends
# when the person was asked again.
COOLDOWNS = text("""
UPDATE slot_offers o
   SET cooldown_until = (SELECT min(later.created_at) FROM slot_offers later
                          WHERE later.customer_id = o.customer_id AND later.created_at > o.created_at)
 WHERE o.customer_id = :kept
   AND EXISTS (SELECT 1 FROM slot_offers later
                WHERE later.customer_id = o.customer_id AND later.created_at > o.created_at
                  AND later.created_at < o.cooldown_until)
""")
# Empty columns of the kept customer are filled from the duplicate. Consent belongs to the number or address for
# which it was given (see `db.customers.channel_consents.opt_ins_after`): the duplicate's consent is not copied, and a
# number or address that is filled in has no consent. An opt-out of the kept e-mail address stays in effect.
KEPT = "{opt_in} = k.{opt_in} AND (k.phone IS NOT NULL OR d.phone IS NULL)"
FILL = text(f"""
UPDATE customers k
   SET {", ".join(KEPT.format(opt_in=one.opt_in) for one in PHONE_CHANNELS)},
       email_opt_in = CASE
          WHEN d.email_opt_in IS FALSE AND (k.email IS NULL OR lower(k.email) = lower(d.email)) THEN false
          WHEN k.email IS NULL AND d.email IS NOT NULL THEN nullif(k.email_opt_in, true)
          ELSE k.email_opt_in END,
       name = coalesce(nullif(k.name, ''), d.name), phone = coalesce(k.phone, d.phone),
       email = coalesce(k.email, d.email), locale = coalesce(k.locale, d.locale),
       cooldown_until = greatest(k.cooldown_until, d.cooldown_until),
       last_asked_at = greatest(k.last_asked_at, d.last_asked_at),
       timezone = coalesce(k.timezone, d.timezone), note = coalesce(k.note || E'\\n' || d.note, k.note, d.note),
       tags = ARRAY(SELECT DISTINCT tag FROM unnest(k.tags || d.tags) AS tag ORDER BY tag)
  FROM customers d
 WHERE k.id = :kept AND d.id = :duplicate
""")  # noqa: S608 - constants


def merge(session: Session, *, kept: UUID, duplicate: UUID) -> None:
    """Moves the rows of `duplicate` to `kept`, and erases the duplicate. Raises MergeRefusedError."""
    rows = session.execute(
        select(Customer.id, Customer.shop_id, Customer.calendar_id, Customer.external_id)
        .where(Customer.id.in_([kept, duplicate]), Customer.anonymised_at.is_(None))
        .order_by(Customer.id)
        .with_for_update()
    ).all()
    if len(rows) != 2 or rows[0].shop_id != rows[1].shop_id:
        raise MergeRefusedError("One of the customers no longer exists.")
    values = {"live": sorted(LIVE_OFFERS), "held": BookingStatus.PENDING_PAYMENT.value}
    if session.execute(LIVE, values | {"id": duplicate}).scalar_one():
        raise MergeRefusedError(
            "The duplicate has an open offer, an unpaid booking or an unsent text. Try again later."
        )
    try:
        with session.begin_nested():
            _move(session, kept=kept, duplicate=duplicate)
            (merged,) = (row for row in rows if row.id == duplicate)
            _keep_external_id(session, kept, duplicate, merged.calendar_id, merged.external_id)
    except IntegrityError as error:
        raise MergeRefusedError("Both customers have an appointment at the same time.") from error
    if not forgetting.forget(session, duplicate):
        raise MergeRefusedError("The duplicate has an open booking, offer or message. Try again later.")


def _move(session: Session, *, kept: UUID, duplicate: UUID) -> None:
    for statement in (OFFERS, COOLDOWNS, FILL):
        session.execute(statement, {"kept": kept, "duplicate": duplicate})
    for table, column in _referring():
        session.execute(update(table).where(table.c[column] == duplicate).values({column: kept}))


def _keep_external_id(
    session: Session, kept: UUID, duplicate: UUID, calendar_id: UUID | None, external_id: str | None
) -> None:
    """Moves the external id to the kept customer, unless that customer has one, so that the booking system that
    assigned the id still finds the customer.
    """
    session.execute(update(Customer).where(Customer.id == duplicate).values(external_id=None))
    if external_id is not None:
        values = {"calendar_id": calendar_id, "external_id": external_id}
        session.execute(update(Customer).where(Customer.id == kept, Customer.external_id.is_(None)).values(**values))


def _referring() -> list[tuple[Table, str]]:
    """Returns each table that refers to customers, except `slot_offers`, with the column that refers to them."""
    return [
        (table, key.parent.name)
        for table in ModelRecord.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is Customer.__table__ and table is not SlotOffer.__table__
    ]
