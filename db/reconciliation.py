"""What the providers may have told us in vain: how far their lists were read, and whose last word is overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

EVENTS = "events"

FIRST_LOOK_BACK = timedelta(days=3)
"""How far a list is read that was never read before: as long as Stripe itself repeats a webhook."""

OVERLAP = timedelta(minutes=10)
"""Read again each time: the providers' clocks differ from ours, and their lists lag behind."""


@dataclass(frozen=True, slots=True)
class UnreadList:
    """A list that is due: everything since then (UTC) is to be looked at, and counts as read until `now`."""

    source: str
    number: str
    since: datetime
    now: datetime


# A shop that waits for an answer is looked after often, the others now and then: a STOP may come at any time.
NUMBERS_DUE = text("""
WITH clock AS (SELECT clock_timestamp() AS now),
numbers AS (
  SELECT id AS shop_id, created_at, sms_from AS number FROM shops WHERE sms_from IS NOT NULL
  UNION ALL
  SELECT id, created_at, 'whatsapp:' || whatsapp_from FROM shops WHERE whatsapp_from IS NOT NULL
)
SELECT 'texts:' || n.number AS source, n.number,
       coalesce(r.until, greatest(n.created_at, clock.now - :first)) - :overlap AS since, clock.now
  FROM numbers n CROSS JOIN clock LEFT JOIN reconciled r ON r.source = 'texts:' || n.number
 WHERE r.until IS NULL OR r.until <= clock.now - :seldom
    OR (r.until <= clock.now - :often
        AND (EXISTS (SELECT 1 FROM slot_offers o WHERE o.shop_id = n.shop_id AND o.status IN ('pending', 'sent'))
             OR EXISTS (SELECT 1 FROM appointments a
                         WHERE a.shop_id = n.shop_id AND a.status = 'pending_payment')))
 ORDER BY r.until NULLS FIRST
""")
EVENTS_SINCE = text("""
SELECT CAST(:source AS text) AS source, '' AS number,
       coalesce((SELECT until FROM reconciled WHERE source = :source), (SELECT clock_timestamp()) - :first)
         - :overlap AS since,
       (SELECT clock_timestamp()) AS now
""")
NOTE = text("""
INSERT INTO reconciled (source, until) VALUES (:source, :until)
ON CONFLICT (source) DO UPDATE SET until = greatest(reconciled.until, excluded.until)
""")


def numbers_due(session: Session, *, often: timedelta, seldom: timedelta) -> list[UnreadList]:
    """The shops' numbers (`+44...`, `whatsapp:+44...`) whose texts are due to be read, the longest unread first."""
    values = {"first": FIRST_LOOK_BACK, "overlap": OVERLAP, "often": often, "seldom": seldom}
    return [UnreadList(*row) for row in session.execute(NUMBERS_DUE, values)]


def events_since(session: Session) -> UnreadList:
    """From where on Stripe's events are to be looked at."""
    values = {"source": EVENTS, "first": FIRST_LOOK_BACK, "overlap": OVERLAP}
    return UnreadList(*session.execute(EVENTS_SINCE, values).one())


def note_read(session: Session, read: UnreadList) -> None:
    """Everything in the list up to `read.now` is recorded."""
    session.execute(NOTE, {"source": read.source, "until": read.now})


KNOWN = text("SELECT event_id FROM webhook_events WHERE provider = :provider AND event_id = ANY(:ids)")


def known(session: Session, *, provider: str, ids: list[str]) -> set[str]:
    """Those of the provider's ids that are recorded already."""
    return set(session.execute(KNOWN, {"provider": provider, "ids": ids}).scalars())


FOUND = text("UPDATE webhook_events SET reconciled = true WHERE id = ANY(:ids)")


def note_found(session: Session, ids: list[UUID]) -> None:
    """These webhooks were recorded from a provider's list: they never arrived by themselves."""
    session.execute(FOUND, {"ids": ids})


ARRIVED_LATE = text("""
SELECT provider, count(*) AS times FROM webhook_events
 WHERE reconciled AND received_at > (SELECT clock_timestamp()) - :within GROUP BY provider ORDER BY provider
""")


def found(session: Session, *, within: timedelta) -> dict[str, int]:
    """By provider, how many webhooks were found in its list lately."""
    return {row.provider: row.times for row in session.execute(ARRIVED_LATE, {"within": within})}


# Whoever waits for something must have a task that sees to it. Tasks are written with what they are for, so these
# find only what a hand has changed in the tables, or a restored backup.
WITHOUT_A_TASK = {
    "refund_payment": "SELECT id, shop_id FROM payments WHERE status = 'refunding' AND needs_human IS NULL",
    "cancel_payment": """
        SELECT id, shop_id FROM payments
         WHERE release_reason IS NOT NULL AND status IN ('pending', 'processing') AND needs_human IS NULL
        UNION ALL
        SELECT p.id, p.shop_id FROM payments p JOIN appointments a ON a.id = p.appointment_id
         WHERE p.kind = 'balance' AND p.status IN ('pending', 'processing') AND p.needs_human IS NULL
           AND a.status IN ('cancelled', 'voided')""",
    "send_message": """
        SELECT id, shop_id FROM messages
         WHERE status IN ('queued', 'sending') AND direction = 'outbound' AND purpose_key IS NOT NULL""",
}
ORPHANS = """
SELECT x.id, x.shop_id FROM ({waiting}) x
 WHERE NOT EXISTS (SELECT 1 FROM pending_tasks t
                    WHERE t.settled_at IS NULL AND t.name = :name AND t.args ->> 0 = x.id::text)
"""


def orphans(session: Session, task: str) -> list[tuple[UUID, UUID]]:
    """Rows (id, shop) that wait for `task`, one of WITHOUT_A_TASK, while no such task is left to be done."""
    statement = text(ORPHANS.format(waiting=WITHOUT_A_TASK[task]))
    return [(row.id, row.shop_id) for row in session.execute(statement, {"name": task})]


# A payment that can still change at Stripe, and a text whose fate the carrier has not told. Each is looked up by a
# task of its own, which asks ever more seldom and gives up in the end; so only those without one are found here.
SILENT = {
    "look_up_payment": """
        SELECT p.id, p.shop_id, p.created_at, p.updated_at FROM payments p
         WHERE p.status IN ('pending', 'processing', 'failed') AND p.stripe_payment_intent_id IS NOT NULL
           AND p.needs_human IS NULL AND NOT (p.status = 'failed' AND p.release_requested_at IS NOT NULL)""",
    "look_up_message": """
        SELECT m.id, m.shop_id, m.created_at, m.updated_at FROM messages m
         WHERE m.status IN ('sent', 'unknown') AND m.direction = 'outbound' AND m.channel <> 'email'""",
}
OVERDUE = """
SELECT x.id, x.shop_id FROM ({silent}) x
 WHERE x.updated_at <= (SELECT clock_timestamp()) - :quiet_for AND x.created_at > (SELECT clock_timestamp()) - :until
   AND NOT EXISTS (SELECT 1 FROM pending_tasks t
                    WHERE t.settled_at IS NULL AND t.name = :name AND t.args ->> 0 = x.id::text)
 ORDER BY x.updated_at LIMIT :limit
"""


def silent(
    session: Session, task: str, *, quiet_for: timedelta, until: timedelta, limit: int
) -> list[tuple[UUID, UUID]]:
    """Rows (id, shop) not heard of for `quiet_for`, and younger than `until`, that `task`, one of SILENT, is for."""
    statement = text(OVERDUE.format(silent=SILENT[task]))
    values = {"name": task, "quiet_for": quiet_for, "until": until, "limit": limit}
    return [(row.id, row.shop_id) for row in session.execute(statement, values)]


LOOKED_UP = text("""
SELECT from_address, to_address, channel, CASE WHEN template IS NULL THEN body END, purpose_key, provider_id, status,
       coalesce(claimed_at, created_at) AS sent_at,
       (SELECT clock_timestamp()) - created_at AS age
  FROM messages WHERE id = :id
""")


@dataclass(frozen=True, slots=True)
class UnknownText:
    """A text whose fate is looked up. `provider_id` is None where nobody knows whether the carrier ever had it."""

    from_address: str
    to_address: str
    channel: str
    body: str | None
    """None for a template, whose words are the carrier's."""
    purpose_key: str | None
    provider_id: str | None
    status: str
    sent_at: datetime
    age: timedelta


def message(session: Session, message_id: UUID) -> UnknownText | None:
    """None when there is no such message."""
    row = session.execute(LOOKED_UP, {"id": message_id}).one_or_none()
    return None if row is None else UnknownText(*row)


AGE_OF_PAYMENT = text("SELECT (SELECT clock_timestamp()) - created_at FROM payments WHERE id = :id")


def age_of_payment(session: Session, payment_id: UUID) -> timedelta:
    """How long ago it was asked for."""
    age: timedelta = session.execute(AGE_OF_PAYMENT, {"id": payment_id}).scalar_one()
    return age
