"""Recoveries for lists and headings, each with its stage and deadline. Read-only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.sql import any_of, read
from domain.charging import deposit_due
from domain.state import SlotStatus, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One recovery. Times are timezone-aware; `deposit_cents` and `paid_cents` are in minor units of `currency`.

    `deposit_cents` is the deposit of the booking or of the live offer, otherwise the deposit of the next offer.

    `customer` has the live offer, the hold or the booking. `until` is the time at which the offer's window, the hold
    or the pause in the search ends. `paid_cents` is the sum of the customer's payments minus refunds. `in_chain` is
    true if a move freed this slot, or if this slot's customer freed another slot.
    """

    slot_opening_id: UUID
    shop_id: UUID
    shop: str
    timezone: str
    locale: str
    currency: str
    performer: str | None
    service: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    status: SlotStatus
    stage: Stage
    closed_as: str | None
    reason: str | None
    created_at: dt.datetime
    now: dt.datetime
    asked: int
    customer_id: UUID | None
    customer: str | None
    phone: str | None = field(repr=False)
    until: dt.datetime | None
    deposit_cents: int
    paid_cents: int
    source_appointment_id: UUID | None
    in_chain: bool


OVERVIEW = read("overview.sql").replace("/* outcome */", read("outcome.sql"))
ONE = text(f"{OVERVIEW} WHERE s.id = :id AND s.shop_id = :shop_id")
THESE = text(f"""
{OVERVIEW} WHERE s.id = {any_of("ids")}
   AND (CAST(:shop_id AS uuid) IS NULL OR s.shop_id = CAST(:shop_id AS uuid))
 ORDER BY s.created_at DESC, s.id
""")
PAGE = text(f"""
SELECT * FROM ({OVERVIEW}) recovery
 WHERE (CAST(:shop_id AS uuid) IS NULL OR shop_id = CAST(:shop_id AS uuid))
   AND (CAST(:statuses AS text[]) IS NULL OR status = ANY(CAST(:statuses AS text[])))
   AND (CAST(:stages AS text[]) IS NULL OR stage = ANY(CAST(:stages AS text[])))
 ORDER BY created_at DESC, slot_opening_id LIMIT :limit
""")  # noqa: S608 - built from the file above


def one(session: Session, slot_opening_id: UUID, *, shop_id: UUID) -> Overview | None:
    """Returns the recovery, or None if the shop has no such slot."""
    row = session.execute(ONE, {"id": slot_opening_id, "shop_id": shop_id}).mappings().one_or_none()
    return None if row is None else _overview(row)


def these(session: Session, ids: Sequence[UUID], *, shop_id: UUID | None = None) -> list[Overview]:
    """Returns the recoveries with these ids, newest first. `shop_id=None` includes all shops."""
    rows = session.execute(THESE, {"ids": list(ids), "shop_id": shop_id}).mappings()
    return [_overview(row) for row in rows]


def newest(
    session: Session,
    *,
    limit: int,
    shop_id: UUID | None = None,
    statuses: Sequence[SlotStatus] | None = None,
    stages: Sequence[Stage] | None = None,
) -> list[Overview]:
    """Returns recoveries, newest first. A filter of None means no restriction; `shop_id=None` includes all shops."""
    values = {
        "limit": limit,
        "shop_id": shop_id,
        "statuses": None if statuses is None else [status.value for status in statuses],
        "stages": None if stages is None else [stage.value for stage in stages],
    }
    return [_overview(row) for row in session.execute(PAGE, values).mappings()]


def _overview(row: object) -> Overview:
    values = dict(row)  # type: ignore[call-overload]
    price, agreed, currency = (values.pop(name) for name in ("price_cents", "agreed_cents", "agreed_currency"))
    if agreed is None:
        agreed, currency = deposit_due(values["deposit_cents"], values["currency"], price=price), values["currency"]
    parts = {"status": SlotStatus(values["status"]), "stage": Stage(values["stage"])}
    return Overview(**values | parts | {"deposit_cents": agreed, "currency": currency})
