"""Reconciliation with the providers: the progress of reading their lists, and the rows without a final status."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.channels import CHANNELS, PHONE_CHANNELS, Channel, ChannelFields

EVENTS = "events"

FIRST_LOOK_BACK = timedelta(days=3)
"""The period that the first reading of a list covers. Stripe retries a webhook for the same length of time."""

OVERLAP = timedelta(minutes=10)
"""The part of a list that each reading repeats, because clocks differ and entries are listed with a delay."""


@dataclass(frozen=True, slots=True)
class UnreadList:
    """A list that must be read from `since` (UTC) on. After that, it is recorded as read up to `now`."""

    source: str
    number: str
    since: datetime
    now: datetime


def _prefix(one: ChannelFields) -> str:
    escaped = one.prefix.replace(":", "\\:")
    return f"'{escaped}' || " if one.prefix else ""


# The texts of shops that wait for a reply are read often. The texts of other shops may contain a STOP, so they are
# read too, but less often.
OWN_NUMBERS = "\n  UNION ALL\n  ".join(
    f"SELECT id AS shop_id, created_at, {_prefix(one)}{one.sender} AS number, '{one.channel}' AS channel"  # noqa: S608 - constants
    f" FROM shops WHERE {one.sender} IS NOT NULL"
    for one in PHONE_CHANNELS
)
NUMBERS_DUE = text(f"""
WITH clock AS (SELECT coalesce(CAST(:now AS timestamptz), clock_timestamp()) AS now),
numbers AS (
  {OWN_NUMBERS}
  UNION ALL
  -- The installation's numbers, which shops without one share.
  SELECT NULL, clock.now - :first, one.number, one.channel
    FROM clock CROSS JOIN jsonb_to_recordset(CAST(:shared AS jsonb)) AS one (channel text, number text)
)
SELECT 'texts:' || n.number AS source, n.number,
       coalesce(r.until, greatest(n.created_at, clock.now - :first)) - :overlap AS since, clock.now
  FROM numbers n CROSS JOIN clock LEFT JOIN reconciled r ON r.source = 'texts:' || n.number
 WHERE 'texts:' || n.number <> ALL (CAST(:without AS text[])) AND (r.until IS NULL OR r.until <= clock.now - :seldom
    OR (r.until <= clock.now - :often
        AND (EXISTS (SELECT 1 FROM slot_offers o WHERE o.shop_id = n.shop_id AND o.status IN ('pending', 'sent'))
             OR (n.shop_id IS NULL AND EXISTS (SELECT 1 FROM slot_offers o
                                                WHERE o.channel = n.channel AND o.status IN ('pending', 'sent')))
             OR EXISTS (SELECT 1 FROM appointments a
                         WHERE a.shop_id = n.shop_id AND a.status = 'pending_payment'))))
 ORDER BY r.until NULLS FIRST LIMIT CAST(:limit AS bigint)
""")  # noqa: S608 - constants
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


def numbers_due(
    session: Session,
    *,
    often: timedelta,
    seldom: timedelta,
    shared: Mapping[str, str] | None = None,
    now: datetime | None = None,
    without: Sequence[str] = (),
    limit: int | None = None,
) -> list[UnreadList]:
    """Returns at most `limit` numbers (`+44...`, `whatsapp:+44...`) whose texts are due to be read, longest unread
    first.

    `often` applies to shops that wait for a reply or a payment, and `seldom` to other shops. `shared` contains the
    numbers of the installation by channel. `now` is the time of an earlier call, or None for the current time.
    `without` contains the sources to omit.
    """
    values = {
        "first": FIRST_LOOK_BACK,
        "overlap": OVERLAP,
        "often": often,
        "seldom": seldom,
        "shared": json.dumps(_addresses(shared or {})),
        "now": now,
        "without": list(without),
        "limit": limit,
    }
    return [UnreadList(*row) for row in session.execute(NUMBERS_DUE, values)]


def events_since(session: Session) -> UnreadList:
    """Returns the part of Stripe's list of events that must be read."""
    values = {"source": EVENTS, "first": FIRST_LOOK_BACK, "overlap": OVERLAP}
    return UnreadList(*session.execute(EVENTS_SINCE, values).one())


def _addresses(shared: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"channel": channel, "number": CHANNELS[Channel(channel)].prefix + number}
        for channel, number in shared.items()
    ]


def note_read(session: Session, read: UnreadList) -> None:
    """Records that a list was read up to `read.now`."""
    session.execute(NOTE, {"source": read.source, "until": read.now})


KNOWN = text("SELECT event_id FROM webhook_events WHERE provider = :provider AND event_id = ANY(:ids)")


def known(session: Session, *, provider: str, ids: list[str]) -> set[str]:
    """Returns the ids of the given webhooks that are already recorded."""
    return set(session.execute(KNOWN, {"provider": provider, "ids": ids}).scalars())


FOUND = text("UPDATE webhook_events SET reconciled = true WHERE id = ANY(:ids)")


def note_found(session: Session, ids: list[UUID]) -> None:
    """Marks webhooks as recorded from a provider's list, because they never arrived."""
    session.execute(FOUND, {"ids": ids})


ARRIVED_LATE = text("""
SELECT provider, count(*) AS times FROM webhook_events
 WHERE reconciled AND received_at > (SELECT clock_timestamp()) - :within GROUP BY provider ORDER BY provider
""")


def found(session: Session, *, within: timedelta) -> dict[str, int]:
    """Returns, for each provider, the number of webhooks recorded during the last `within` that never arrived and
    were found only in the provider's list.
    """
    return {row.provider: row.times for row in session.execute(ARRIVED_LATE, {"within": within})}


# Rows in these states need a task. A task is normally written in the transaction that changes the row, so these
# queries find only rows that were changed by SQL or restored from a backup.
WITHOUT_A_TASK = {
    "refund_payment": "SELECT id, shop_id FROM payments WHERE status = 'refunding' AND needs_human IS NULL",
    "send_refund": "SELECT id, shop_id FROM refunds WHERE status = 'requested'",
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
 WHERE NOT EXISTS (SELECT 1 FROM ONLY pending_tasks t
                    WHERE t.settled_at IS NULL AND t.name = :name AND t.args ->> 0 = x.id::text)
"""


def orphans(session: Session, task: str) -> list[tuple[UUID, UUID]]:
    """Returns the rows (id, shop) that need `task`, a key of WITHOUT_A_TASK, but have no such unsettled task."""
    statement = text(ORPHANS.format(waiting=WITHOUT_A_TASK[task]))
    return [(row.id, row.shop_id) for row in session.execute(statement, {"name": task})]


# Payments that can still change at Stripe, and texts without a final status. A task looks up each of them at growing
# intervals, up to a limit. These queries find the rows that have no such task.
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
   AND NOT EXISTS (SELECT 1 FROM ONLY pending_tasks t
                    WHERE t.settled_at IS NULL AND t.name = :name AND t.args ->> 0 = x.id::text)
 ORDER BY x.updated_at LIMIT :limit
"""


def silent(
    session: Session, task: str, *, quiet_for: timedelta, until: timedelta, limit: int
) -> list[tuple[UUID, UUID]]:
    """Returns rows (id, shop) for `task`, a key of SILENT, that have not been updated for `quiet_for`.

    Only rows that were created within `until` are returned.
    """
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
    """A text to look up at the carrier. `provider_id` is None if the carrier may not have accepted the text."""

    from_address: str
    to_address: str
    channel: str
    body: str | None
    """None for a template message, whose text the carrier composes."""
    purpose_key: str | None
    provider_id: str | None
    status: str
    sent_at: datetime
    age: timedelta


def message(session: Session, message_id: UUID) -> UnknownText | None:
    """Returns the message to look up, or None if it doesn't exist."""
    row = session.execute(LOOKED_UP, {"id": message_id}).one_or_none()
    return None if row is None else UnknownText(*row)


AGE_OF_PAYMENT = text("SELECT (SELECT clock_timestamp()) - created_at FROM payments WHERE id = :id")


def age_of_payment(session: Session, payment_id: UUID) -> timedelta:
    """Returns the time since the payment was created."""
    age: timedelta = session.execute(AGE_OF_PAYMENT, {"id": payment_id}).scalar_one()
    return age
