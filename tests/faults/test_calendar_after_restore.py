"""A booking that only the calendar still contains after a restore becomes the same appointment again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.calendar_situations import WRITTEN
from tests.faults.test_calendars import says_yes
from tests.world import World
from worker.reconciliation.after_restore import CHECK_BOOKING, find_lost

FORGET_THE_BOOKING = (
    "DELETE FROM messages WHERE shop_id = :shop",
    "DELETE FROM payments WHERE appointment_id IN (SELECT id FROM appointments WHERE id = :id)",
    "DELETE FROM calendar_bookings WHERE appointment_id = :id",
    "DELETE FROM appointments WHERE id = :id",
    "DELETE FROM pending_tasks WHERE shop_id = :shop",
    "DELETE FROM webhook_events WHERE shop_id = :shop",
    # The next listing is not compared with an earlier listing.
    "UPDATE calendars SET settings = settings - 'token' - 'whole_at' WHERE shop_id = :shop",
)


@pytest.fixture(params=long_except(WRITTEN, "square"))
def salon(world: World, request: pytest.FixtureRequest) -> CalendarShop:
    salon = CalendarShop.connected(world, request.param)
    salon.ana = world.customer(salon.shop, "Ana")
    return salon


def sold_and_paid(salon: CalendarShop) -> tuple[Any, str]:
    """Nora cancels in the calendar, and Ana buys her time. Returns the id of Ana's appointment and her intent."""
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    ana = says_yes(salon)
    salon.world.work()
    intent = salon.world.intent_of(ana)
    assert intent
    salon.world.at_stripe(intent, "succeed")
    salon.world.work()
    salon.syncs()
    recovered = "SELECT id FROM appointments WHERE shop_id = :shop AND source_slot_opening_id IS NOT NULL"
    return salon.world.one(recovered, shop=salon.shop.id), intent


def test_a_lost_booking_that_is_in_the_calendar_keeps_its_payment(salon: CalendarShop) -> None:
    since: datetime = salon.world.clock.now()
    sold, intent = sold_and_paid(salon)
    for statement in FORGET_THE_BOOKING:
        salon.world.rows(statement, shop=salon.shop.id, id=sold)

    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled"), ("Ana", "booked")]
    assert salon.world.one("SELECT status FROM appointments WHERE id = :id", id=sold) == "booked"
    lost = find_lost(salon.world.dependencies, since).payments
    assert [(one.intent_id, one.outcome, one.to_refund) for one in lost] == [(intent, CHECK_BOOKING, False)]


def test_the_id_of_another_shops_appointment_is_not_taken(world: World) -> None:
    first = CalendarShop.connected(world, "calcom")
    first.ana = world.customer(first.shop, "Ana")
    sold, _ = sold_and_paid(first)
    # The second shop reads the same calendar, in which a booking has the id of the first shop's appointment.
    second = CalendarShop.connected(world, "calcom")
    second.syncs()
    assert ("Ana", "booked") in second.here()
    assert world.one("SELECT shop_id FROM appointments WHERE id = :id", id=sold) == first.shop.id
