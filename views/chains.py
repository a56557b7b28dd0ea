"""Chains of slots, in which each slot was freed by the customer who moved to the previous slot. Read-only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.chain_story import ChainStep, chain_sentence
from views import recovery_overview
from views.recovery_overview import Overview

LONGEST = 50
"""The maximum number of steps from the first slot of a chain. A shop allows at most 20 moves in a row."""

# Every move is to an earlier time, so a chain has no cycles.
SLOTS = text("""
WITH RECURSIVE before AS (
  SELECT s.id, s.freed_by_slot_opening_id, 0 AS steps FROM slot_openings s WHERE s.id = :id AND s.shop_id = :shop_id
  UNION ALL
  SELECT s.id, s.freed_by_slot_opening_id, before.steps + 1
    FROM before JOIN slot_openings s ON s.id = before.freed_by_slot_opening_id AND s.shop_id = :shop_id
   WHERE before.steps < :longest
), chain AS (
  (SELECT id, 0 AS steps FROM before ORDER BY before.steps DESC LIMIT 1)
  UNION ALL
  SELECT s.id, chain.steps + 1
    FROM chain JOIN slot_openings s ON s.freed_by_slot_opening_id = chain.id AND s.shop_id = :shop_id
   WHERE chain.steps < :longest
)
SELECT s.id, s.source_appointment_id IS NULL AND s.freed_by_slot_opening_id IS NOT NULL AS rest,
       s.source_appointment_id IS NOT NULL AS cancelled, gave_up.name AS canceller, moved.starts_at AS moved_from
  FROM chain JOIN slot_openings s ON s.id = chain.id
  LEFT JOIN appointments source ON source.id = s.source_appointment_id AND s.freed_by_slot_opening_id IS NULL
  LEFT JOIN customers gave_up ON gave_up.id = source.customer_id
  LEFT JOIN LATERAL (
    SELECT old.starts_at FROM appointments booking
      JOIN appointments old ON old.id = booking.moved_from_appointment_id AND old.cancel_reason = 'moved up'
     WHERE booking.source_slot_opening_id = s.id AND booking.status IN ('booked', 'settled') LIMIT 1
  ) moved ON true
 ORDER BY chain.steps, s.chain_depth, s.starts_at
""")


@dataclass(frozen=True, slots=True)
class ChainSlot:
    """One slot.

    `moved_from` is the start of the later appointment that its customer had. `rest` is true if the slot is the
    remaining time of another slot, in which a shorter appointment was booked. `canceller` cancelled the appointment
    of the first slot.
    """

    recovery: Overview
    moved_from: dt.datetime | None
    rest: bool
    canceller: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The slots in the order in which they became free, with a sentence that summarises them."""

    slots: tuple[ChainSlot, ...]
    sentence: str


def chain_of(session: Session, shop_id: UUID, slot_opening_id: UUID) -> Chain | None:
    """Returns the slot's chain, or None if the slot is not part of a chain or belongs to another shop."""
    values = {"id": slot_opening_id, "shop_id": shop_id, "longest": LONGEST}
    rows = session.execute(SLOTS, values).all()
    if len(rows) < 2:
        return None
    ids = [row.id for row in rows]
    found = {one.slot_opening_id: one for one in recovery_overview.these(session, ids, shop_id=shop_id)}
    slots = tuple(ChainSlot(found[row.id], row.moved_from, row.rest, row.canceller) for row in rows)
    return Chain(slots, chain_sentence([_step(slot) for slot in slots], cancelled=rows[0].cancelled))


def _step(slot: ChainSlot) -> ChainStep:
    recovery = slot.recovery
    return ChainStep(
        stage=recovery.stage, customer=recovery.customer, moved=slot.moved_from is not None, rest=slot.rest
    )
