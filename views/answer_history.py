"""Counts how the customers of a shop have responded to its offers, as the input of a simulation."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

# Reads at most 5,000 offers of one year. Leaves out offers that staff ended, which show nothing about replies.
ANSWERS = text("""
WITH offer AS MATERIALIZED (
  SELECT o.status, o.ended_as, o.late_yes_at, o.accepted_at, o.sent_at
    FROM slot_openings s JOIN slot_offers o ON o.slot_opening_id = s.id
   WHERE s.shop_id = :shop_id AND s.created_at > (SELECT clock_timestamp()) - interval '1 year'
     AND o.status IN ('accepted', 'expired', 'declined', 'failed') AND o.ended_as IS DISTINCT FROM 'staff'
   ORDER BY s.created_at DESC LIMIT 5000
), texted AS MATERIALIZED (
  SELECT id FROM customers c WHERE c.shop_id = :shop_id AND c.sms_opt_in AND c.phone_e164 IS NOT NULL LIMIT 1000
)
SELECT count(*) FILTER (WHERE status <> 'failed') AS ended,
       count(*) FILTER (WHERE accepted_at IS NOT NULL OR late_yes_at IS NOT NULL) AS accepted,
       count(*) FILTER (WHERE status = 'declined' AND ended_as IS NULL) AS declined,
       count(*) FILTER (WHERE ended_as = 'opted_out') AS opted_out,
       count(*) FILTER (WHERE status = 'failed') AS undeliverable,
       count(*) FILTER (WHERE ended_as IN ('not_paid', 'given_up')) AS not_paid,
       count(*) FILTER (WHERE ended_as = 'card_declined') AS card_declined,
       coalesce(array_agg(round(extract(epoch FROM coalesce(late_yes_at, accepted_at) - sent_at) / 60, 2)::float8
                          ORDER BY sent_at)
                FILTER (WHERE coalesce(late_yes_at, accepted_at) > sent_at), '{}') AS reply_minutes,
       (SELECT count(*) FROM texted) AS customers,
       (SELECT count(*) FROM texted t WHERE EXISTS (
          SELECT 1 FROM waitlist_entries e WHERE e.customer_id = t.id AND e.status = 'active')) AS waiting,
       (SELECT count(*) FROM texted t WHERE EXISTS (
          SELECT 1 FROM appointments a
           WHERE a.customer_id = t.id AND a.status = 'booked' AND a.starts_at > (SELECT clock_timestamp())
             AND a.starts_at < (SELECT clock_timestamp()) + interval '30 days')) AS booked_later,
       ARRAY(SELECT round(extract(epoch FROM r.starts_at - r.created_at) / 60)::float8 FROM slot_openings r
              WHERE r.shop_id = :shop_id AND r.starts_at > r.created_at
              ORDER BY r.created_at DESC, r.id LIMIT 200) AS lead_minutes
  FROM offer
""")
SETTINGS = text("SELECT * FROM shops WHERE id = :shop_id")


@dataclass(frozen=True, slots=True)
class AnswerHistory:
    """Counts of offers by outcome, and of customers who agreed to texts.

    `waiting` and `booked_later` count the customers who have an active waiting-list entry or a booking in the next 30
    days. `reply_minutes` are the minutes between the text and each YES; `lead_minutes` are the minutes between the
    opening of a slot and its start.
    """

    ended: int
    accepted: int
    declined: int
    opted_out: int
    undeliverable: int
    not_paid: int
    card_declined: int
    reply_minutes: list[float]
    customers: int
    waiting: int
    booked_later: int
    lead_minutes: list[float]


def of_shop(session: Session, shop_id: UUID) -> AnswerHistory:
    """Returns the history of the last year."""
    return AnswerHistory(*session.execute(ANSWERS, {"shop_id": shop_id}).one())


def settings_of(session: Session, shop_id: UUID) -> RowMapping:
    """Returns the row of the shop, for `db.recoveries.recoveries.policy_of`."""
    return session.execute(SETTINGS, {"shop_id": shop_id}).mappings().one()
