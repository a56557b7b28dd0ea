"""What is due now: one statement over one partial index each, so that an idle tick costs next to nothing."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sql import read


class DueKind(StrEnum):
    OFFER = "offer"
    """An open slot's offer whose window is over. `id` is the offer's."""
    LEFTOVER = "leftover"
    """The same, but its slot is not open: nobody else is asked."""
    OPT_OUT = "opt_out"
    """An offer whose customer has opted out since it was sent, with staff or by another text. `id` is the offer's."""
    HOLD = "hold"
    """A hold whose money has not come in time. `id` is the payment's."""
    SEARCH = "search"
    """A slot that looks for a customer while nobody does anything about it. `id` is the slot's."""
    BELL = "bell"
    """A task whose bell was lost, or whose time has come. `id` is the row's."""


@dataclass(frozen=True, slots=True)
class DueRow:
    what: DueKind
    id: UUID
    slot_opening_id: UUID | None


DUE = text(read("due.sql"))
TAKE_UP = text("""
UPDATE slot_openings SET next_search_at = (SELECT clock_timestamp()) + interval '1 minute'
 WHERE id = ANY(:ids) AND status = 'open' AND next_search_at <= (SELECT clock_timestamp())
RETURNING id
""")
# What another transaction has locked is being decided just now; waiting for it here could end in a deadlock.
WAKE = text("""
UPDATE slot_openings SET next_search_at = (SELECT clock_timestamp())
 WHERE id IN (SELECT id FROM slot_openings
               WHERE shop_id = ANY(:shop_ids) AND status = 'open' AND id <> ALL(:but)
                 AND next_search_at > (SELECT clock_timestamp())
                 FOR UPDATE SKIP LOCKED)
""")


# Somebody joined, or agreed to be texted, after this search had found that nobody can be asked before later.
WAKE_FOR_NEWCOMERS = text("""
UPDATE slot_openings SET next_search_at = (SELECT clock_timestamp())
 WHERE id IN (SELECT s.id FROM slot_openings s
               WHERE s.status = 'open' AND s.next_search_at > (SELECT clock_timestamp())
                 AND EXISTS (SELECT 1 FROM customers c
                              WHERE c.shop_id = s.shop_id AND c.sms_opt_in AND c.phone_e164 IS NOT NULL
                                AND greatest(c.created_at, c.consent_at) > s.updated_at)
                 FOR UPDATE OF s SKIP LOCKED)
""")


def due(session: Session, *, limit: int) -> list[DueRow]:
    """At most `limit` of each kind, the longest overdue first."""
    return [DueRow(DueKind(row.what), row.id, row.slot_opening_id) for row in session.execute(DUE, {"limit": limit})]


def wake_searches(session: Session, shop_ids: list[UUID], *, but: list[UUID]) -> None:
    """Somebody in these shops can be asked sooner than was thought: the next tick searches for their open slots.

    `but`: slots that are decided about already.
    """
    session.execute(WAKE, {"shop_ids": shop_ids, "but": but})


def wake_for_newcomers(session: Session) -> None:
    """Searches that wait for a later hour are taken up now where customers have joined since."""
    session.execute(WAKE_FOR_NEWCOMERS)


def take_up_searches(session: Session, slot_opening_ids: list[UUID]) -> list[UUID]:
    """Those of these searches that are ours to take up; another sweep may have been faster."""
    return list(session.execute(TAKE_UP, {"ids": slot_opening_ids}).scalars())
