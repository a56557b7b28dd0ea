"""Creates slot openings for times that became free and for gaps that did not result from a cancellation."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from db import audit
from db.appointments import overlaps
from db.appointments.overlaps import OverlapError, Time
from db.models import SlotOpening
from db.tasks import pending_tasks
from domain.state import SlotStatus


@dataclass(frozen=True, slots=True)
class FreedTime:
    """A time to sell. Times are UTC; the deposit is in minor units of the shop's currency.

    `chain_depth` is the number of consecutive moves to earlier times that led to this free time. The customer who
    left this time moved to `freed_by_slot_opening_id`.
    """

    shop_id: UUID
    performer_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    source_appointment_id: UUID | None = None
    service_id: UUID | None = None
    deposit_cents: int | None = None
    chain_depth: int = 0
    freed_by_slot_opening_id: UUID | None = None


# An existing slot at this time is reused, with the end of the newest appointment. A constraint on the offers ensures
# that no customer is offered the slot twice.
OPEN = text("""
INSERT INTO slot_openings (shop_id, performer_id, starts_at, ends_at, source_appointment_id, service_id,
                           deposit_cents, freed_at, next_search_at, chain_depth, freed_by_slot_opening_id)
VALUES (:shop_id, :performer_id, :starts_at, :ends_at, :source_appointment_id, :service_id, :deposit_cents,
        (SELECT clock_timestamp()), (SELECT clock_timestamp()) + interval '1 minute', :chain_depth,
        :freed_by_slot_opening_id)
ON CONFLICT ON CONSTRAINT slot_openings_one_per_time_key DO UPDATE
   SET ends_at = excluded.ends_at, source_appointment_id = excluded.source_appointment_id,
       service_id = excluded.service_id, deposit_cents = excluded.deposit_cents,
       chain_depth = excluded.chain_depth, freed_by_slot_opening_id = excluded.freed_by_slot_opening_id
RETURNING id, (xmax = 0) AS inserted
""")


def open_time(session: Session, freed: FreedTime) -> tuple[UUID, bool]:
    """Creates or reuses the slot opening for this time. Returns its id and whether it was created."""
    row = session.execute(OPEN, asdict(freed)).one()
    return row.id, row.inserted


class GapRefusedError(Exception):
    """The gap can't be sold. The message gives the reason as a sentence for the shop."""


def sell_gap(session: Session, gap: FreedTime, *, by: str) -> UUID:
    """Offers a gap that did not result from a cancellation.

    Raises GapRefusedError, and OverlapError if an appointment occupies the time.
    """
    if gap.starts_at <= session.execute(select(func.clock_now())).scalar_one():
        raise GapRefusedError("The time is in the past.")
    taken = overlaps.conflicting(session, Time(gap.shop_id, gap.starts_at, gap.ends_at, gap.performer_id))
    if taken:
        raise OverlapError(taken)
    if _overlapping_slot(session, gap):
        raise GapRefusedError("This time is already offered, or overlaps one that is.")
    return _start(session, gap, "A free time is offered to customers.", by=by)


def open_remaining_time(session: Session, slot_opening_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    """Offers the time that remains after a slot has been shortened to the length of its booking."""
    slot = session.get_one(SlotOpening, slot_opening_id)
    rest = FreedTime(
        slot.shop_id,
        slot.performer_id,
        starts_at,
        ends_at,
        chain_depth=slot.chain_depth,
        freed_by_slot_opening_id=slot.id,
    )
    reason = "A shorter appointment was booked; the remaining time is offered to other customers."
    _start(session, rest, reason, by="system")


def _start(session: Session, freed: FreedTime, reason: str, *, by: str) -> UUID:
    """Opens the time and starts its search. If the time already has a slot, restarts the slot's search instead."""
    slot_id, is_new = open_time(session, freed)
    audit.note(session, event="SlotOpened", reason=reason, shop_id=freed.shop_id, slot_opening_id=slot_id, actor=by)
    task = ("send_next_offer", slot_id) if is_new else ("step_in", slot_id, "start_again", by)
    pending_tasks.add(session, *task, shop_id=freed.shop_id)
    return slot_id


def _overlapping_slot(session: Session, gap: FreedTime) -> UUID | None:
    """Returns an open slot of the same performer that overlaps the gap, or None.

    Filled slots need no check, because their appointments are checked already.
    """
    found: UUID | None = session.execute(
        select(SlotOpening.id)
        .where(
            SlotOpening.shop_id == gap.shop_id,
            SlotOpening.performer_id.is_not_distinct_from(gap.performer_id),
            SlotOpening.status == SlotStatus.OPEN.value,
            SlotOpening.starts_at < gap.ends_at,
            SlotOpening.ends_at > gap.starts_at,
        )
        .limit(1)
    ).scalar_one_or_none()
    return found
