"""A moved appointment frees its old time by the rules for cancellations. Gaps are sold by the same rules."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.appointments import appointment_moves, bookings, slot_times
from db.appointments.appointment_moves import NewTime
from db.appointments.appointments import request_cancellation
from db.appointments.bookings import DepositTaken, NewBooking
from db.appointments.overlaps import OverlapError
from db.appointments.slot_times import FreedTime, GapRefusedError
from domain.cancellation import MoveRefusal
from tests.builders import Built, a_customer, a_shop, an_appointment, insert, reload
from tests.world import World

HOUR = timedelta(hours=1)


def a_booking(session: Session, now: datetime, *, paid: int | None = 2000, hours: float = 72) -> Built:
    shop = a_shop(session)
    customer = a_customer(session, shop, name="Zoe")
    a_customer(session, shop, name="Ana")
    start = now + timedelta(hours=hours)
    new = NewBooking(shop_id=shop.id, customer_id=customer.id, starts_at=start, ends_at=start + HOUR)
    deposit = DepositTaken(paid) if paid is not None else None
    if deposit is None:
        new = NewBooking(
            shop_id=shop.id, customer_id=customer.id, starts_at=start, ends_at=start + HOUR, payment_required=True
        )
    return reload(session, "appointments", bookings.book(session, new, by="staff", deposit=deposit))


def move(session: Session, booking: Built, by: timedelta) -> MoveRefusal | None:
    to = NewTime(booking.starts_at + by, booking.ends_at + by, booking.performer_id)
    refusal = appointment_moves.move(session, booking.id, to, by="api")
    session.commit()
    return refusal


def slots(session: Session, shop_id: object) -> list[Built]:
    rows = session.execute(
        text("SELECT * FROM slot_openings WHERE shop_id = :id ORDER BY starts_at"), {"id": shop_id}
    )
    found = list(rows)
    session.commit()
    return found


def asked(session: Session, slot: Built) -> list[str]:
    rows = session.execute(
        text("SELECT name FROM slot_offers o JOIN customers c ON c.id = o.customer_id WHERE slot_opening_id = :id"),
        {"id": slot.id},
    )
    return list(rows.scalars())


def test_the_old_time_is_offered_to_others(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    assert move(session, booking, 5 * HOUR) is None
    world.work_off()
    (slot,) = slots(session, booking.shop_id)
    assert (slot.starts_at, slot.ends_at, slot.status) == (booking.starts_at, booking.ends_at, "open")
    assert asked(session, slot) == ["Ana"]
    after = reload(session, "appointments", booking.id)
    assert (after.starts_at, after.status) == (booking.starts_at + 5 * HOUR, "booked")


@pytest.mark.parametrize("minutes", [15, 0, -15])
def test_an_old_time_that_the_appointment_still_needs_is_not_offered(
    world: World, session: Session, now: datetime, minutes: int
) -> None:
    booking = a_booking(session, now)
    starts_at = booking.starts_at + timedelta(minutes=minutes)
    longer = NewTime(starts_at, starts_at + 2 * HOUR, None)
    assert appointment_moves.move(session, booking.id, longer, by="api") is None
    session.commit()
    world.work_off()
    assert slots(session, booking.shop_id) == []
    assert world.one("SELECT count(*) FROM events WHERE type LIKE 'slot.%'") == 0


def test_an_unpaid_appointment_moves_and_frees_nothing(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now, paid=None)
    assert move(session, booking, 5 * HOUR) is None
    world.work_off()
    assert slots(session, booking.shop_id) == []


def test_a_move_to_the_same_time_changes_nothing(session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    assert move(session, booking, timedelta()) is None
    assert session.execute(text("SELECT count(*) FROM appointment_moves")).scalar_one() == 0


def test_a_move_onto_another_appointment_names_it(session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    shop = reload(session, "shops", booking.shop_id)
    other = an_appointment(session, a_customer(session, shop), starts_at=booking.starts_at + 5 * HOUR)
    session.commit()
    with pytest.raises(OverlapError) as refused:
        move(session, booking, 5 * HOUR)
    assert refused.value.appointment_id == other.id
    assert reload(session, "appointments", booking.id).starts_at == booking.starts_at


def test_appointments_that_cannot_be_moved(session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    assert move(session, booking, -80 * HOUR) is MoveRefusal.INTO_THE_PAST
    request_cancellation(session, booking.id, by="api")
    assert move(session, booking, HOUR) is MoveRefusal.NOT_LIVE
    assert move(session, a_booking(session, now, hours=-3), 24 * HOUR) is MoveRefusal.PAST


def test_a_moved_recovered_booking_reopens_its_slot(world: World, session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    times = {"starts_at": booking.starts_at, "ends_at": booking.ends_at}
    slot = insert(session, "slot_openings", shop_id=booking.shop_id, status="filled", **times)
    session.execute(
        text("UPDATE appointments SET source_slot_opening_id = :slot WHERE id = :id"),
        {"slot": slot.id, "id": booking.id},
    )
    session.commit()
    assert move(session, booking, 5 * HOUR) is None
    world.work_off()
    (again,) = slots(session, booking.shop_id)
    assert (again.id, again.status) == (slot.id, "open")
    assert asked(session, again) == ["Ana"]


def test_a_gap_is_offered_with_its_own_deposit(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    a_customer(session, shop, name="Ana")
    gap = FreedTime(shop.id, None, now + 30 * HOUR, now + 31 * HOUR, deposit_cents=700)
    slot_id = slot_times.sell_gap(session, gap, by="api")
    session.commit()
    world.work_off()
    assert asked(session, reload(session, "slot_openings", slot_id)) == ["Ana"]
    body = session.execute(text("SELECT body FROM messages WHERE purpose = 'offer'")).scalar_one()
    assert "£7 deposit applies" in body


def test_a_service_gives_the_deposit_of_a_gap(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session, deposit_cents=500)
    a_customer(session, shop)
    service = insert(session, "services", shop_id=shop.id, name="Cut", price_cents=4000, deposit_cents=1200)
    gap = FreedTime(shop.id, None, now + 30 * HOUR, now + 31 * HOUR, service_id=service.id)
    slot_times.sell_gap(session, gap, by="api")
    session.commit()
    world.work_off()
    assert "£12 deposit applies" in session.execute(text("SELECT body FROM messages")).scalar_one()


def test_a_gap_that_is_taken_past_or_offered_is_refused(session: Session, now: datetime) -> None:
    booking = a_booking(session, now)
    inside = FreedTime(booking.shop_id, None, booking.starts_at + HOUR / 2, booking.ends_at + HOUR)
    with pytest.raises(OverlapError):
        slot_times.sell_gap(session, inside, by="api")
    past = FreedTime(booking.shop_id, None, now - 2 * HOUR, now - HOUR)
    with pytest.raises(GapRefusedError, match="past"):
        slot_times.sell_gap(session, past, by="api")
    free = FreedTime(booking.shop_id, None, now + 5 * HOUR, now + 6 * HOUR)
    slot_times.sell_gap(session, free, by="api")
    with pytest.raises(GapRefusedError, match="already offered"):
        slot_times.sell_gap(session, free, by="api")


@pytest.mark.parametrize(
    ("kind", "status", "refusal", "waits"),
    [
        ("calcom", "active", None, "waiting"),
        ("calcom", "paused", None, "waiting"),
        ("calcom", "broken", MoveRefusal.IN_CALENDAR, None),
        ("calcom", "disconnected", None, None),
        ("ics", "active", MoveRefusal.IN_CALENDAR, None),
        ("ics", "paused", None, None),
    ],
)
def test_a_move_of_a_booking_of_a_calendar_waits_for_it_or_is_refused(
    session: Session, now: datetime, kind: str, status: str, refusal: MoveRefusal | None, waits: str | None
) -> None:
    """The old time must not be sold while the calendar still occupies it."""
    booking = a_booking(session, now)
    calendar = insert(session, "calendars", shop_id=booking.shop_id, kind=kind, status=status)
    session.execute(
        text("UPDATE appointments SET calendar_id = :calendar, external_id = 'b1' WHERE id = :id"),
        {"calendar": calendar.id, "id": booking.id},
    )
    session.commit()
    assert move(session, booking, HOUR) is refusal
    session.commit()
    moves = session.execute(text("SELECT in_calendar FROM appointment_moves")).scalars().all()
    assert moves == ([] if refusal else [waits])
