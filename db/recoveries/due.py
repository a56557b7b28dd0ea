"""Finds due work with one statement that reads partial indexes, so that an idle tick is cheap."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.messages.channel_conditions import MAY_BE_REACHABLE
from db.sql import read
from db.webhooks.due_deliveries import DUE_ENDPOINTS
from domain.channels import CHANNELS
from domain.webhook_retries import DISABLED_AFTER


class DueKind(StrEnum):
    OFFER = "offer"
    """An expired offer of an open slot. `id` is the id of the offer."""
    LEFTOVER = "leftover"
    """An expired offer of a slot that is not open, so no other customer is asked. `id` is the id of the offer."""
    OPT_OUT = "opt_out"
    """A live offer whose customer has opted out since it was sent. `id` is the id of the offer."""
    HOLD = "hold"
    """A hold that was not paid in time. `id` is the id of the payment."""
    SEARCH = "search"
    """An open slot whose next search is due. `id` is the id of the slot."""
    OUTBOX_ROW = "outbox_row"
    """An outbox row to publish: it was postponed until now, or no worker has claimed it.

    `id` is the id of the row.
    """
    DELIVERIES = "deliveries"
    """Events to deliver to webhook endpoints. `id` is the id of one of the endpoints."""


@dataclass(frozen=True, slots=True)
class DueRow:
    what: DueKind
    id: UUID
    slot_opening_id: UUID | None


DUE = text(f"""
{read("due.sql")}
UNION ALL
(SELECT 'deliveries', e.id, NULL FROM {DUE_ENDPOINTS} LIMIT 1)
""")  # noqa: S608 - constants
TAKE_UP = text("""
UPDATE slot_openings SET next_search_at = (SELECT clock_timestamp()) + interval '1 minute'
 WHERE id = ANY(:ids) AND status = 'open' AND next_search_at <= (SELECT clock_timestamp())
RETURNING id
""")
# Locked slots are skipped, because another transaction is processing them, and waiting could cause a deadlock.
WAKE = text("""
UPDATE slot_openings SET next_search_at = (SELECT clock_timestamp())
 WHERE id IN (SELECT id FROM slot_openings
               WHERE shop_id = ANY(:shop_ids) AND status = 'open' AND id <> ALL(:but)
                 AND next_search_at > (SELECT clock_timestamp())
                 FOR UPDATE SKIP LOCKED)
""")


# Resumes searches of shops in which a customer was added or opted in after the search was postponed.
CONSENTED_AT = ", ".join(f"c.{one.consent}_at" for one in CHANNELS.values())
WAKE_FOR_NEWCOMERS = text(f"""
UPDATE slot_openings SET next_search_at = (SELECT clock_timestamp())
 WHERE id IN (SELECT s.id FROM slot_openings s
               WHERE s.status = 'open' AND s.next_search_at > (SELECT clock_timestamp())
                 AND EXISTS (SELECT 1 FROM customers c
                              WHERE c.shop_id = s.shop_id
                                AND ({MAY_BE_REACHABLE})
                                AND greatest(c.created_at, {CONSENTED_AT}) > s.updated_at)
                 FOR UPDATE OF s SKIP LOCKED)
""")  # noqa: S608 - constants


def due(session: Session, *, limit: int) -> list[DueRow]:
    """Returns at most `limit` rows of each kind, longest overdue first."""
    found = session.execute(DUE, {"limit": limit, "too_long": DISABLED_AFTER})
    return [DueRow(DueKind(row.what), row.id, row.slot_opening_id) for row in found]


def wake_searches(session: Session, shop_ids: list[UUID], *, but: list[UUID]) -> None:
    """Makes the postponed searches of these shops due now. Call it when a customer becomes available early.

    `but`: slots to skip, because a decision about them has already been made.
    """
    session.execute(WAKE, {"shop_ids": shop_ids, "but": but})


def wake_for_newcomers(session: Session) -> None:
    """Makes searches due now if customers of the shop were added or opted in after the searches were postponed."""
    session.execute(WAKE_FOR_NEWCOMERS)


def take_up_searches(session: Session, slot_opening_ids: list[UUID]) -> list[UUID]:
    """Claims due searches, and returns their ids. Skips searches that another sweep has claimed."""
    return list(session.execute(TAKE_UP, {"ids": slot_opening_ids}).scalars())
