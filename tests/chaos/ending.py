"""The end of a chaos run: waits for the outcomes of all recoveries and checks the invariants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep
from uuid import UUID

from tests.chaos.crowd import OFFER
from tests.live_system import LiveAppointment, LiveSystem, Row

NO_GRACE = timedelta()
LOOKS_EVERY = 0.5

NOT_FINAL = """
SELECT a.id, s.status
  FROM appointments a
  LEFT JOIN slot_openings s ON s.shop_id = a.shop_id AND s.starts_at = a.starts_at
                           AND s.performer_id IS NOT DISTINCT FROM a.performer_id
 WHERE (a.id = ANY(%s) OR a.cancel_reason = 'moved up')
   AND (s.id IS NULL OR s.status = 'open'
        OR s.status = 'filled' AND NOT EXISTS (
             SELECT 1 FROM appointments b WHERE b.source_slot_opening_id = s.id AND b.status = 'booked'))
"""
UNDONE = """
SELECT name, args, attempts, due_at, last_error FROM pending_tasks
 WHERE settled_at IS NULL AND parked_at IS NULL AND due_at <= now()
"""
# Excludes status requests, because they become less frequent over time and no recovery depends on them.
UNFINISHED = """
SELECT id::text AS what FROM messages WHERE direction = 'outbound' AND status IN ('queued', 'sending')
UNION ALL SELECT id::text FROM webhook_events WHERE handled_at IS NULL
UNION ALL SELECT id::text FROM payments WHERE status IN ('pending', 'processing', 'refunding') AND needs_human IS NULL
UNION ALL SELECT id::text FROM slot_offers WHERE status IN ('pending', 'sent')
"""
ENDS = """
SELECT s.status,
       extract(epoch FROM greatest(s.updated_at, b.updated_at) - source.cancelled_at)::float AS seconds
  FROM slot_openings s
  JOIN appointments source ON source.id = s.source_appointment_id
  LEFT JOIN appointments b ON b.source_slot_opening_id = s.id AND b.status = 'booked'
 WHERE source.id = ANY(%s) OR source.cancel_reason = 'moved up'
"""
MOVED = "SELECT count(*) AS moved FROM appointments WHERE cancel_reason = 'moved up'"


@dataclass(frozen=True)
class ChaosOutcome:
    """The outcomes of the recoveries: their statuses and durations, the texts sent, and the payments."""

    statuses: Counter[str]
    seconds: list[float]
    texts: int
    asked: Counter[str]
    payments: Counter[str]
    violations: list[str]
    moved: int
    """Customers who moved from a later appointment, whose time was then also sold."""


def everything_is_final(live: LiveSystem, appointments: Sequence[LiveAppointment], *, seconds: float) -> None:
    """Waits until every recovery has ended and no task is pending."""
    ids = [appointment.id for appointment in appointments]

    def left() -> list[Row]:
        return live.rows(NOT_FINAL, ids) or live.rows(UNDONE) or live.rows(UNFINISHED)

    end = monotonic() + seconds
    while still := left():
        assert monotonic() < end, f"after {seconds:.0f} s not final: {still[:20]}"
        sleep(LOOKS_EVERY)


def ending(live: LiveSystem, appointments: Sequence[LiveAppointment]) -> ChaosOutcome:
    """Reads the outcomes from the rows and the sandbox's ledger."""
    ledger = live.ledger()
    ends = live.rows(ENDS, [appointment.id for appointment in appointments])
    texts = [entry["params"] for entry in ledger if _is_text(entry)]
    return ChaosOutcome(
        statuses=Counter(row["status"] for row in ends),
        seconds=sorted(row["seconds"] for row in ends),
        texts=len(texts),
        asked=Counter(text["To"] for text in texts if OFFER in text["Body"]),
        payments=Counter(row["status"] for row in live.rows(PAYMENTS, _shops(appointments))),
        violations=live.violations(grace=NO_GRACE),
        moved=live.row(MOVED)["moved"],
    )


PAYMENTS = "SELECT status FROM payments WHERE shop_id = ANY(%s) AND create_claimed_at IS NOT NULL"


def _is_text(entry: Row) -> bool:
    return bool(
        entry["kind"] == "request"
        and entry["method"] == "POST"
        and entry["path"].endswith("/Messages.json")
        and entry["response_id"]
    )


def _shops(appointments: Sequence[LiveAppointment]) -> list[UUID]:
    return list({appointment.shop.id for appointment in appointments})
