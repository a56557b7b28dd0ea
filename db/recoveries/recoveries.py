"""Locks and loads recoveries as values of `domain.state`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from db.messages.usable_channels import UNUSABLE
from db.sessions import Speaker, execute_text
from db.sql import read
from domain.channels import CHANNELS, Channel
from domain.charging import deposit_due
from domain.pace import NO_HISTORY, OfferHistory, Pace
from domain.policy import Policy, WaitlistMode
from domain.state import (
    Amount,
    Attempt,
    Booking,
    BookingStatus,
    ClosedAs,
    Deposit,
    EndedAs,
    Move,
    Offer,
    OfferStatus,
    PaymentStatus,
    Recovery,
    ReleaseReason,
    Slot,
    SlotStatus,
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A recovery, the database time when it was read (UTC), and the policy and time zone of its shop.

    `picked_customer_id` is the customer whom staff chose to be asked next.
    """

    recovery: Recovery
    now: datetime
    policy: Policy
    timezone: str
    price_cents: int | None
    picked_customer_id: UUID | None = None


POLICY_COLUMNS = (
    *("offer_window_minutes", "pace", "offer_window_least_minutes", "payment_window_minutes", "cooldown_hours"),
    *("payment_attempts", "require_prior_booking", "min_notice_minutes", "recovery_enabled", "recover_unpaid"),
    *("quiet_from", "quiet_until", "waitlist", "move_up", "move_up_within_days", "move_up_chain", "sell_rest"),
    *(one.setting for one in CHANNELS.values() if one.setting),
    "timezone",
)
"""The columns of `shops` that `policy_of` reads."""


def selected(*, without: Collection[str] = ()) -> str:
    """Returns the columns of the policy for a SELECT list. `without`: columns that the statement computes itself."""
    return ", ".join(f"shop.{name}" for name in POLICY_COLUMNS if name not in without)


LOCK = text("SELECT id FROM slot_openings WHERE id = :id FOR UPDATE")
# Rows are locked in the order of their ids, so that two sweeps can't deadlock. Locked slots are skipped.
LOCK_MANY = text("SELECT id FROM slot_openings WHERE id = ANY(:ids) ORDER BY id FOR UPDATE SKIP LOCKED")
RECOVERY = (
    read("recovery.sql")
    .replace("/* move */", read("move_of_the_offer.sql").rstrip())
    .replace("/* policy */", selected(without={"waitlist"}))
)
LOAD_MANY = text(RECOVERY.replace("/* these */", "s.id = ANY(:ids)"))
# Planning takes 1 ms. Postgres plans a statement with a list of ids at each execution, but reuses the plan of a
# statement with a single id.
LOAD_ONE = text(RECOVERY.replace("/* these */", "s.id = :id"))


NO_OFFER = UUID(int=0)
"""Replaces an empty list, because psycopg would send it with another type, and Postgres would plan the statement
again.
"""


def lock(session: Session, slot_opening_id: UUID) -> None:
    """Locks the slot. This is required before writing rows of a recovery that was not loaded."""
    session.execute(LOCK, {"id": slot_opening_id})


def load(
    session: Session, slot_opening_id: UUID, *, offer_id: UUID | None = None, payment_id: UUID | None = None
) -> Loaded | None:
    """Locks and loads the current state of the recovery. Returns None if the slot doesn't exist.

    The past attempt is the attempt to which the event's offer or payment belongs, unless this is the current attempt.
    Uses two statements, so that the second one reads the changes that the previous holder of the lock committed.
    """
    if session.execute(LOCK, {"id": slot_opening_id}).one_or_none() is None:
        return None
    values = {"id": slot_opening_id, "offer_ids": [offer_id or NO_OFFER], "payment_id": payment_id}
    return _loaded(session.execute(LOAD_ONE, values).mappings().one())


def look(session: Session, slot_opening_id: UUID) -> Loaded:
    """Loads the current state of the recovery without a lock, for reading only. The slot must exist."""
    values = {"id": slot_opening_id, "offer_ids": [NO_OFFER], "payment_id": None}
    return _loaded(session.execute(LOAD_ONE, values).mappings().one())


def load_many(session: Session, slot_opening_ids: list[UUID], *, offer_ids: list[UUID]) -> list[Loaded]:
    """Locks and loads the recoveries, except locked ones. `offer_ids` are the offers that events refer to."""
    ids = list(session.execute(LOCK_MANY, {"ids": slot_opening_ids}).scalars())
    values = {"ids": ids, "offer_ids": offer_ids, "payment_id": None}
    return [_loaded(row) for row in session.execute(LOAD_MANY, values).mappings()]


def _loaded(row: RowMapping) -> Loaded:
    slot, price = _slot(row), _price(row)
    recovery = Recovery(slot=slot, current=_attempt(row, "current"), past=_attempt(row, "past"))
    history = OfferHistory(row["offers_ended"] or 0, row["offers_accepted"] or 0)
    policy = policy_of(row, history=history)
    return Loaded(recovery, row["now"], policy, row["timezone"], price, row["picked_customer_id"])


def _price(row: RowMapping) -> int | None:
    """Returns the price of the cancelled appointment, or None if it is unknown or not in the deposit's currency."""
    price: int | None = row["price_cents"] if row["price_currency"] == row["currency"] else None
    return price


def policy_of(row: RowMapping, *, history: OfferHistory = NO_HISTORY) -> Policy:
    """Returns the policy of a shop from a row with POLICY_COLUMNS."""
    return Policy(
        offer_window=timedelta(minutes=row["offer_window_minutes"]),
        pace=Pace(row["pace"]),
        offer_window_least=timedelta(minutes=row["offer_window_least_minutes"]),
        history=history,
        payment_window=timedelta(minutes=row["payment_window_minutes"]),
        cooldown=timedelta(hours=row["cooldown_hours"]),
        payment_attempts=row["payment_attempts"],
        require_prior_booking=row["require_prior_booking"],
        min_notice=timedelta(minutes=row["min_notice_minutes"]),
        recovery_enabled=row["recovery_enabled"],
        recover_unpaid=row["recover_unpaid"],
        quiet_from=row["quiet_from"],
        quiet_until=row["quiet_until"],
        waitlist=WaitlistMode(row["waitlist"]),
        move_up=row["move_up"],
        move_up_within=timedelta(days=row["move_up_within_days"]),
        move_up_chain=row["move_up_chain"],
        sell_rest=row["sell_rest"],
        channels=_channels(row),
        timezone=row["timezone"],
    )


SHOP = text(f"SELECT shop.*, {UNUSABLE} AS unusable_channels FROM shops shop WHERE id = :id")  # noqa: S608


def policy_of_shop(session: Session, shop_id: UUID) -> Policy:
    """Returns the current policy of an existing shop, limited to channels that the workers can use."""
    return policy_of(session.execute(SHOP, {"id": shop_id}).mappings().one())


def _channels(row: RowMapping) -> frozenset[Channel]:
    unusable = row.get("unusable_channels") or ()
    return frozenset(
        one.channel
        for one in CHANNELS.values()
        if one.setting is None or (row[one.setting] and one.channel not in unusable)
    )


def _slot(row: RowMapping) -> Slot:
    return Slot(
        id=row["id"],
        shop_id=row["shop_id"],
        performer_id=row["performer_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        status=SlotStatus(row["status"]),
        deposit_cents=deposit_due(row["deposit_cents"], row["currency"], price=_price(row)),
        currency=row["currency"],
        cancelled_at=row["cancelled_at"],
        freed_at=row["freed_at"],
        next_search_at=row["next_search_at"],
        closed_as=ClosedAs(row["closed_as"]) if row["closed_as"] else None,
        taken=row["taken"],
        shortest_service=_minutes(row["shortest_service_minutes"]),
        write_back=row["write_back"],
    )


def _attempt(row: RowMapping, which: str) -> Attempt:
    part: dict[str, dict[str, Any] | None] = {
        name: row[f"{which}_{name}"] for name in ("offer", "booking", "payment")
    }
    return Attempt(
        offer=_offer(part["offer"]),
        booking=_booking(part["booking"]),
        payment=_payment(part["payment"]),
        busy=bool(row[f"{which}_busy"]),
    )


def _minutes(value: int | None) -> timedelta | None:
    return timedelta(minutes=value) if value else None


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _offer(row: dict[str, Any] | None) -> Offer | None:
    return (
        None
        if row is None
        else Offer(
            id=UUID(row["id"]),
            customer_id=UUID(row["customer_id"]),
            status=OfferStatus(row["status"]),
            expires_at=_time(row["expires_at"]),
            sent_at=_time(row["sent_at"]),
            accepted_at=_time(row["accepted_at"]),
            ended_at=_time(row["ended_at"]),
            late_yes_at=_time(row["late_yes_at"]),
            window=_minutes(row["window_minutes"]),
            ended_as=EndedAs(row["ended_as"]) if row["ended_as"] else None,
            untried=row["untried"],
            move=_move(row["move"]),
            channel=Channel(row["channel"]),
            books_until=_time(row["books_until"]),
            service_id=UUID(row["service_id"]) if row["service_id"] else None,
            deposit=None if row["deposit_cents"] is None else Amount(row["deposit_cents"], row["currency"]),
        )
    )


def _move(row: dict[str, Any] | None) -> Move | None:
    if row is None:
        return None
    named = {name: row[name] for name in ("live", "standing", "unpaid")}
    starts_at = datetime.fromisoformat(row["starts_at"])
    return Move(appointment_id=UUID(row["appointment_id"]), starts_at=starts_at, **named)


def _booking(row: dict[str, Any] | None) -> Booking | None:
    if row is None:
        return None
    moved_from = row["moved_from_appointment_id"]
    return Booking(
        id=UUID(row["id"]),
        customer_id=UUID(row["customer_id"]),
        status=BookingStatus(row["status"]),
        ends_at=_time(row["ends_at"]),
        moved_from=UUID(moved_from) if moved_from else None,
    )


def _payment(row: dict[str, Any] | None) -> Deposit | None:
    return (
        None
        if row is None
        else Deposit(
            id=UUID(row["id"]),
            status=PaymentStatus(row["status"]),
            amount_cents=row["amount_cents"],
            currency=row["currency"],
            expires_at=_time(row["expires_at"]),
            failures=row["failures"],
            releasing=ReleaseReason(row["release_reason"]) if row["release_reason"] else None,
            needs_human=row["needs_human"],
            link_pending=row["link_pending"],
        )
    )


TIME_OF = text("SELECT shop_id, starts_at, performer_id FROM slot_openings WHERE id = :id")


def time_of(session: Speaker, slot_opening_id: UUID) -> tuple[UUID, datetime, UUID | None] | None:
    """Returns the shop, start (UTC) and performer of a slot, from which the name of the slot's lock is made.

    Returns None if the slot doesn't exist.
    """
    row = execute_text(session, TIME_OF, {"id": slot_opening_id}).one_or_none()
    return None if row is None else (row.shop_id, row.starts_at, row.performer_id)
