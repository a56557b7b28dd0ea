"""One booking in two connected calendars of a shop, and bookings that are read at the same time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.calendars import calendars
from db.tasks import pending_tasks
from providers.calendars.registry import PROVIDERS
from tests.builders import a_number
from tests.effort import long_except
from tests.faults.calendar_shop import CalendarShop
from tests.faults.test_races import at_once
from tests.world import World
from worker.calendars import connect as connecting

EACH_KIND = pytest.mark.parametrize("kind", long_except(PROVIDERS, "square"))
NAME_ONLY = {"phone": None, "email": None}


def connect_again(salon: CalendarShop) -> CalendarShop:
    """Connects the same account to the same shop a second time."""
    return CalendarShop.connected(salon.world, salon.kind, to=salon.shop)


def disconnect(salon: CalendarShop) -> None:
    with salon.world.session() as session:
        stored = calendars.find(session, salon.calendar_id)
    assert stored is not None
    assert connecting.disconnect(salon.world.dependencies, stored, by="operator")


@pytest.mark.quick
@EACH_KIND
def test_a_booking_that_two_calendars_contain_is_sold_once(world: World, kind: str) -> None:
    salon = CalendarShop.connected(world, kind)
    connect_again(salon)
    ana = world.customer(salon.shop, "Ana")
    id = salon.books()
    salon.syncs()
    assert salon.here() == [("Nora Bell", "booked")]
    salon.cancels(id)
    salon.syncs()
    world.work()
    assert len(salon.slots()) == 1
    world.says(ana, salon.shop, "YES")
    world.work()
    salon.syncs()
    salon.pays(ana)
    world.work()
    salon.syncs()
    assert salon.here() == [("Nora Bell", "cancelled"), ("Ana", "booked")]
    assert salon.there() == ([] if kind == "ics" else [("Ana", "booked")])
    overlaps = "SELECT count(*) FROM notifications WHERE shop_id = :id AND text LIKE '%overlaps%'"
    assert world.one(overlaps, id=salon.shop.id) == 0
    assert world.broken_promises() == []


@EACH_KIND
@pytest.mark.parametrize("fields", [{}, NAME_ONLY], ids=["reachable", "name only"])
def test_a_booking_of_a_disconnected_calendar_is_followed_by_its_new_connection(
    world: World, kind: str, fields: dict[str, None]
) -> None:
    if kind == "google":
        fields = {**fields, "email": "nora@example.com"}
    salon = CalendarShop.connected(world, kind)
    id = salon.books(**fields)
    salon.syncs()
    disconnect(salon)
    salon.moves(id, hours=30) if kind != "calcom" else None
    again = connect_again(salon)
    again.syncs()
    assert again.here() == [("Nora Bell", "booked")]
    assert again.appointment(id).performer_id is not None
    world.clock.pass_(timedelta(minutes=2))
    again.cancels(id)
    again.syncs()
    assert again.here() == [("Nora Bell", "cancelled")]
    assert len(again.slots()) == (1 if kind == "calcom" else 2)


def test_a_booking_is_imported_again_once_the_other_calendar_is_disconnected(world: World) -> None:
    salon = CalendarShop.connected(world, "square")
    other = connect_again(salon)
    id = salon.books()
    salon.syncs()
    reason = world.one("SELECT not_mirrored FROM calendar_bookings WHERE not_mirrored IS NOT NULL")
    assert reason == "It is already imported from “Rota”."
    holder = salon if world.one("SELECT calendar_id FROM appointments") == salon.calendar_id else other
    disconnect(holder)
    world.clock.pass_(timedelta(minutes=2))
    other.syncs()
    left = other if holder is salon else salon
    assert left.appointment(id).status == "booked"
    assert left.here() == [("Nora Bell", "booked")]


@pytest.mark.quick
@pytest.mark.parametrize("round", long_except(range(5), 0))
def test_bookings_of_a_new_customer_read_at_once_create_one_customer(world: World, round: int) -> None:
    salon = CalendarShop.connected(world, "square")
    phone = a_number()
    ids = [salon.books(hours=24 + 2 * number, phone=phone) for number in range(4)]
    with world.session() as session:
        for id in ids:
            pending_tasks.add(session, "sync_booking", salon.calendar_id, id, shop_id=salon.shop.id)
    at_once(*[lambda task=task: world.run(task) for task in world.claimable() if task.name == "sync_booking"])
    assert world.one("SELECT count(*) FROM customers WHERE shop_id = :id", id=salon.shop.id) == 1
    assert len(salon.here()) == 4
