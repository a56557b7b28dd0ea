"""A shorter service is sold in a long slot, and the remaining time is sold separately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests import builders
from tests.builders import Built
from tests.effort import long_except
from tests.faults.crashes import cut_short
from tests.faults.test_races import at_once
from tests.world import World

HALF = timedelta(minutes=30)


@dataclass
class LongSlotScene:
    """Zoe has cancelled a paid appointment of one hour that was booked without a service.

    Ana waits for a trim, which takes half an hour. Ben is not on the waiting list.
    """

    world: World
    shop: Built
    zoe: Built
    ana: Built
    ben: Built
    trim: Built
    freed: Built

    @classmethod
    def set(cls, world: World, *, deposit: int = 2000, **shop: object) -> LongSlotScene:
        made = world.shop(**{"sell_rest": True, "cooldown_hours": 24, **shop})
        zoe, ana, ben = (world.customer(made, name) for name in ("Zoe", "Ana", "Ben"))
        with world.session() as session:
            values = {"shop_id": made.id, "name": "Trim", "duration_minutes": 30, "price_cents": 2500}
            trim = builders.insert(session, "services", **values)
            builders.insert(session, "waitlist_entries", shop_id=made.id, customer_id=ana.id, service_id=trim.id)
        scene = cls(world, made, zoe, ana, ben, trim, world.booked(zoe, hours=30, deposit=deposit))
        assert world.cancel(scene.freed.id) == 202
        world.work()
        return scene

    def says(self, who: Built, body: str) -> None:
        self.world.says(who, self.shop, body)
        self.world.work()

    def pays(self, who: Built) -> None:
        self.world.at_stripe(self.world.intent_of(who) or "", "succeed")
        self.world.work()

    def slots(self) -> list[Built]:
        return self.world.rows("SELECT * FROM slot_openings WHERE shop_id = :id ORDER BY starts_at", id=self.shop.id)

    def holds(self) -> None:
        self.world.settle()
        assert self.world.broken_promises() == []


@pytest.mark.quick
def test_the_remaining_time_is_sold_to_another_customer(world: World) -> None:
    scene = LongSlotScene.set(world)
    scene.says(scene.ana, "YES")
    assert len(scene.slots()) == 1
    scene.pays(scene.ana)
    first, rest = scene.slots()
    assert (first.status, first.ends_at) == ("filled", scene.freed.starts_at + HALF)
    assert (rest.starts_at, rest.ends_at) == (scene.freed.starts_at + HALF, scene.freed.ends_at)
    assert (rest.freed_by_slot_opening_id, rest.chain_depth) == (first.id, 0)
    (booked,) = world.rows("SELECT * FROM appointments WHERE source_slot_opening_id = :id", id=first.id)
    assert (booked.ends_at, booked.service, booked.price_cents) == (first.ends_at, "Trim", 2500)
    # Zoe cancelled the whole hour, so she gets no offer for half of it.
    assert world.offers(rest) == {"Ben": "sent"}
    scene.says(scene.ben, "YES")
    scene.pays(scene.ben)
    assert world.bookings(rest) == {"Ben": "booked"}
    scene.holds()


def test_a_customer_who_gave_the_slot_up_is_not_asked_about_its_remaining_time(world: World) -> None:
    made = world.shop(sell_rest=True, deposit_cents=0)
    zoe, ana, ben = (world.customer(made, name) for name in ("Zoe", "Ana", "Ben"))
    with world.session() as session:
        trim = builders.insert(
            session, "services", shop_id=made.id, name="Trim", duration_minutes=20, price_cents=2500
        )
        for who in (ana, ben):
            builders.insert(session, "waitlist_entries", shop_id=made.id, customer_id=who.id, service_id=trim.id)
    assert world.cancel(world.booked(zoe, hours=30, deposit=0).id) == 202
    world.work()
    for who in (ana, ben):
        world.says(who, made, "YES")
        world.work()
    world.settle()
    slots = world.rows("SELECT * FROM slot_openings WHERE shop_id = :id ORDER BY starts_at", id=made.id)
    assert [slot.status for slot in slots] == ["filled", "filled", "expired"]
    assert set(world.offers(slots[-1])) == {"Ana", "Ben"}
    assert world.broken_promises() == []


@pytest.mark.quick
def test_without_the_setting_the_whole_slot_is_booked(world: World) -> None:
    scene = LongSlotScene.set(world, sell_rest=False)
    scene.says(scene.ana, "YES")
    scene.pays(scene.ana)
    (slot,) = scene.slots()
    assert (slot.status, slot.ends_at) == ("filled", scene.freed.ends_at)
    (booked,) = world.rows("SELECT * FROM appointments WHERE source_slot_opening_id = :id", id=slot.id)
    assert booked.ends_at == scene.freed.ends_at
    scene.holds()


def test_a_hold_that_runs_out_leaves_the_whole_slot_to_the_next_customer(world: World) -> None:
    scene = LongSlotScene.set(world)
    scene.says(scene.ana, "YES")
    world.clock.pass_(timedelta(minutes=16))
    world.sweep()
    world.work()
    (slot,) = scene.slots()
    assert (slot.ends_at, world.offers(slot)["Ben"]) == (scene.freed.ends_at, "sent")
    scene.holds()


def test_a_shorter_appointment_that_moves_up_leaves_the_remaining_time(world: World) -> None:
    scene = LongSlotScene.set(world, move_up=True, waitlist="off")
    later = world.booked(scene.ben, hours=60, service_id=scene.trim.id, service="Trim")
    world.rows("UPDATE appointments SET ends_at = starts_at + interval '30 minutes' WHERE id = :id", id=later.id)
    gap = world.booked(scene.zoe, hours=40, service_id=scene.trim.id, service="Trim")
    assert world.cancel(gap.id) == 202
    world.settle()
    scene.says(scene.ben, "YES")
    scene.holds()


@pytest.mark.parametrize("round", long_except(range(3), 0))
def test_a_yes_and_staff_who_book_the_other_half_at_the_same_moment(world: World, round: int) -> None:
    scene = LongSlotScene.set(world, deposit=0, deposit_cents=0)
    world.says(scene.ana, scene.shop, "YES")
    world.carry()
    (task,) = [task for task in world.claimable() if task.name == "accept_offer"]
    half = SimpleNamespace(starts_at=scene.freed.starts_at + HALF)
    at_once(lambda: world.run(task), lambda: world.book_by_hand(scene.shop, half))
    scene.holds()
    by_hand = world.one(
        "SELECT count(*) FROM appointments a JOIN customers c ON c.id = a.customer_id"
        " WHERE a.shop_id = :id AND c.name = 'Walk-in' AND a.status = 'booked'",
        id=scene.shop.id,
    )
    assert by_hand in (0, 1)
    assert len(scene.slots()) in (1, 2)


@pytest.mark.parametrize("step", long_except(range(0, 27, 3), 15))
def test_a_worker_killed_at_any_step_of_the_booking_loses_no_time(world: World, step: int) -> None:
    scene = LongSlotScene.set(world, deposit=0, deposit_cents=0)
    world.says(scene.ana, scene.shop, "YES")
    world.carry()
    (task,) = [task for task in world.claimable() if task.name == "accept_offer"]
    with cut_short(world, after=step):
        world.run(task)
    scene.holds()
    first, rest = scene.slots()
    assert (first.status, first.ends_at, rest.ends_at) == ("filled", rest.starts_at, scene.freed.ends_at)
