"""Slot openings with their stages, offers and bookings, for the API."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from db.keyset_pagination import PageKey
from db.models import Appointment, SlotOffer, SlotOpening
from domain.state import BookingStatus
from views import recovery_overview
from views.pages_of_rows import NewestFirst
from views.recovery_overview import Overview

NEWEST_FIRST = NewestFirst(SlotOpening.created_at, SlotOpening.id)
RECOVERED = tuple(status.value for status in (BookingStatus.BOOKED, BookingStatus.SETTLED, BookingStatus.VOIDED))


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """An offer to one customer."""

    id: UUID
    customer_id: UUID
    channel: str
    status: str
    sent_at: dt.datetime | None
    expires_at: dt.datetime | None
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """A slot opening.

    `until` is the deadline of the current stage. `service_id` is the service of the slot or of its source
    appointment.
    """

    id: UUID
    status: str
    stage: str
    reason: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    performer_id: UUID | None
    service_id: UUID | None
    source_appointment_id: UUID | None
    recovered_appointment_id: UUID | None
    until: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime
    offers: list[OfferRecord]


SERVICE_OF_SOURCE = (
    select(Appointment.service_id)
    .where(Appointment.id == SlotOpening.source_appointment_id, Appointment.shop_id == SlotOpening.shop_id)
    .scalar_subquery()
)
COLUMNS: tuple[Any, ...] = (
    *(SlotOpening.id, SlotOpening.status, SlotOpening.starts_at, SlotOpening.ends_at, SlotOpening.performer_id),
    func.coalesce(SlotOpening.service_id, SERVICE_OF_SOURCE).label("service_id"),
    *(SlotOpening.source_appointment_id, SlotOpening.created_at, SlotOpening.updated_at),
)


def page(
    session: Session, shop_id: UUID, *, status: str | None, after: PageKey | None, limit: int
) -> tuple[list[SlotRecord], PageKey | None]:
    """Returns a page, newest first, and the page's last row if another page follows."""
    statement = select(*COLUMNS).where(SlotOpening.shop_id == shop_id)
    if status is not None:
        statement = statement.where(SlotOpening.status == status)
    found = NEWEST_FIRST.page(session, statement, after, limit)
    return _records(session, shop_id, found.rows), found.last


def one(session: Session, shop_id: UUID, slot_opening_id: UUID) -> SlotRecord | None:
    """Returns the slot opening, or None if the shop has no such slot."""
    this = (SlotOpening.shop_id == shop_id, SlotOpening.id == slot_opening_id)
    records = _records(session, shop_id, session.execute(select(*COLUMNS).where(*this)).all())
    return records[0] if records else None


def _records(session: Session, shop_id: UUID, rows: Sequence[Row[Any]]) -> list[SlotRecord]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    overviews: dict[UUID, Overview] = {
        one.slot_opening_id: one for one in recovery_overview.these(session, ids, shop_id=shop_id)
    }
    offers, recovered = _offers(session, shop_id, ids), _recovered(session, shop_id, ids)
    return [
        SlotRecord(
            **row._mapping,
            stage=overviews[row.id].stage.value,
            reason=overviews[row.id].reason,
            until=overviews[row.id].until,
            recovered_appointment_id=recovered.get(row.id),
            offers=offers[row.id],
        )
        for row in rows
    ]


def _offers(session: Session, shop_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[OfferRecord]]:
    """The offers of each slot, oldest first."""
    offer = SlotOffer
    columns: tuple[Any, ...] = (
        *(offer.id, offer.customer_id, offer.channel, offer.status, offer.sent_at, offer.expires_at, offer.ended_at),
    )
    rows = session.execute(
        select(offer.slot_opening_id, *columns)
        .where(offer.shop_id == shop_id, offer.slot_opening_id.in_(ids))
        .order_by(offer.created_at, offer.id)
    )
    found: dict[UUID, list[OfferRecord]] = defaultdict(list)
    for slot_opening_id, *values in rows:
        found[slot_opening_id].append(OfferRecord(*values))
    return found


def _recovered(session: Session, shop_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The newest booking of each sold slot. Leaves out bookings that still await their deposit."""
    row = Appointment
    rows = session.execute(
        select(row.source_slot_opening_id, row.id)
        .where(row.shop_id == shop_id, row.source_slot_opening_id.in_(ids), row.status.in_(RECOVERED))
        .order_by(row.created_at)
    )
    return {slot_opening_id: id for slot_opening_id, id in rows if slot_opening_id is not None}
