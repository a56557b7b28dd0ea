"""A customer who moves to an earlier time always has an appointment, pays one deposit, and frees the later time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests import builders
from tests.builders import Built
from tests.effort import long_except
from tests.faults.crashes import cut_short
from tests.faults.test_races import at_once
from tests.world import World


@dataclass
class MoveUpScene:
    """Zoe has cancelled a paid appointment that starts in 30 hours.

    The other customers have appointments one day later, two days later, and so on.
    """

    world: World
    shop: Built
    zoe: Built
    people: dict[str, Built]
    booked: dict[str, Built]
    freed: Built

    @classmethod
    def set(cls, world: World, *names: str, unpaid: bool = False, **shop: object) -> MoveUpScene:
        made = world.shop(**{"move_up": True, **shop})
        zoe = world.customer(made, "Zoe", sms_opt_in=False)
        freed = world.booked(zoe, hours=30)
        people = {name: world.customer(made, name) for name in names}
        paid = {"deposit": 0, "payment_required": True, "deposit_cents": 2000} if unpaid else {}
        booked = {
            name: world.booked(customer, hours=30 + 24 * days, **paid)
            for days, (name, customer) in enumerate(people.items(), 1)
        }
        assert world.cancel(freed.id) == 202
        world.work()
        return cls(world, made, zoe, people, booked, freed)

    def says(self, name: str, body: str) -> MoveUpScene:
        self.world.says(self.people[name], self.shop, body)
        self.world.carry()
        return self

    def slot(self, name: str | None = None) -> Built:
        return self.world.slot_of(self.booked[name] if name else self.freed)

    def old(self, name: str) -> Built:
        (row,) = self.world.rows("SELECT * FROM appointments WHERE id = :id", id=self.booked[name].id)
        return row

    def places(self, name: str) -> int:
        """Returns the number of live appointments of this customer."""
        query = (
            "SELECT count(*) FROM appointments WHERE customer_id = :id AND status IN ('booked', 'pending_payment')"
        )
        return int(self.world.one(query, id=self.people[name].id))

    def holds(self) -> None:
        self.world.settle()
        assert self.world.broken_promises() == []


@pytest.mark.quick
def test_a_yes_moves_the_later_appointment_with_its_deposit(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana")
    (text,) = world.texts(scene.people["Ana"])
    assert text.startswith("An earlier time is free: ")
    assert " Reply YES to move your appointment from " in text
    before = scene.old("Ana")
    scene.says("Ana", "YES")
    world.work()
    old = scene.old("Ana")
    assert (old.status, old.cancel_reason, old.cancelled_from) == ("cancelled", "moved up", "booked")
    assert world.bookings(scene.slot()) == {"Ana": "booked"}
    (new,) = world.rows("SELECT * FROM appointments WHERE moved_from_appointment_id = :id", id=old.id)
    (payment,) = world.rows("SELECT * FROM payments WHERE appointment_id = :id", id=new.id)
    assert (payment.status, payment.amount_cents, new.deposit_cents) == ("succeeded", 2000, 2000)
    assert new.manage_token == before.manage_token != old.manage_token
    assert "The £20 you paid moves with it." in world.texts(scene.people["Ana"])[-1]
    freed = scene.slot("Ana")
    assert (freed.status, freed.chain_depth, freed.freed_by_slot_opening_id) == ("expired", 1, scene.slot().id)
    assert len(world.outside.intents()) == 0
    scene.holds()


@pytest.mark.quick
def test_a_chain_of_three_ends_with_the_last_time_sold_to_a_new_customer(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana", "Ben", "Cleo", "Dora")
    dana = world.customer(scene.shop, "Dana", last_settled_at=world.clock.now() - timedelta(days=9))
    for name in ("Ana", "Ben", "Cleo"):
        scene.says(name, "YES")
        world.work()
    # Dora also has a later appointment, but three customers have already moved.
    assert scene.slot("Cleo").chain_depth == 3
    assert list(world.offers(scene.slot("Cleo"))) == ["Dana"]
    assert world.texts(dana)[-1].startswith("A slot opened")
    world.says(dana, scene.shop, "YES")
    world.work()
    world.at_stripe(world.intent_of(dana) or "", "succeed")
    world.work()
    sold = [scene.slot(), *(scene.slot(name) for name in ("Ana", "Ben", "Cleo"))]
    assert [slot.chain_depth for slot in sold] == [0, 1, 2, 3]
    assert [list(world.bookings(slot)) for slot in sold] == [["Ana"], ["Ben"], ["Cleo"], ["Dana"]]
    assert {name: scene.places(name) for name in scene.people} == dict.fromkeys(scene.people, 1)
    scene.holds()


@pytest.mark.quick
def test_a_no_or_silence_leaves_the_later_appointment_where_it_is(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana").says("Ana", "no")
    scene.holds()
    assert scene.old("Ana").status == "booked"


def test_a_yes_after_the_later_appointment_was_cancelled_moves_nothing_and_is_answered(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana")
    assert world.cancel(scene.booked["Ana"].id) == 202
    scene.says("Ana", "YES")
    world.work()
    assert "couldn't move it" in world.texts(scene.people["Ana"])[-1]
    assert world.bookings(scene.slot()) == {}
    assert scene.old("Ana").cancel_reason == "api"
    scene.holds()


def test_a_yes_after_staff_moved_the_later_appointment_moves_nothing(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana")
    later = timedelta(hours=2)
    world.rows(
        "UPDATE appointments SET starts_at = starts_at + :by, ends_at = ends_at + :by WHERE id = :id",
        by=later,
        id=scene.booked["Ana"].id,
    )
    scene.says("Ana", "YES")
    world.work()
    assert scene.old("Ana").status == "booked"
    assert world.bookings(scene.slot()) == {}
    scene.holds()


@pytest.mark.parametrize("round", long_except(range(3), 0))
def test_a_yes_and_the_cancellation_of_the_later_booking_have_one_winner(world: World, round: int) -> None:
    scene = MoveUpScene.set(world, "Ana").says("Ana", "YES")
    (task,) = [task for task in world.claimable() if task.name == "accept_offer"]
    at_once(lambda: world.run(task), lambda: world.cancel(scene.booked["Ana"].id))
    world.work()
    old = scene.old("Ana")
    assert old.status == "cancelled"
    assert scene.places("Ana") == (1 if old.cancel_reason == "moved up" else 0)
    scene.holds()


def test_an_unpaid_appointment_is_kept_until_the_deposit_of_the_earlier_time_is_paid(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana", unpaid=True).says("Ana", "YES")
    world.work()
    assert (scene.old("Ana").status, world.bookings(scene.slot())) == ("booked", {"Ana": "pending_payment"})
    intent = world.intent_of(scene.people["Ana"])
    assert intent
    world.at_stripe(intent, "succeed")
    world.work()
    assert (scene.old("Ana").cancel_reason, world.bookings(scene.slot())) == ("moved up", {"Ana": "booked"})
    scene.holds()


def test_an_unpaid_hold_that_runs_out_leaves_the_later_appointment(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana", unpaid=True).says("Ana", "YES")
    scene.holds()
    assert (scene.old("Ana").status, scene.places("Ana")) == ("booked", 1)


def test_stop_in_the_middle_ends_the_offer_and_keeps_the_appointment(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana", "Ben").says("Ana", "STOP")
    scene.holds()
    assert scene.old("Ana").status == "booked"
    assert world.offers(scene.slot())["Ana"] == "declined"


def test_a_booking_that_was_moved_is_not_offered_another_move_for_a_week(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana").says("Ana", "YES")
    world.settle()
    sooner = world.booked(scene.zoe, hours=20)
    assert world.cancel(sooner.id) == 202
    world.work()
    assert world.offers(world.slot_of(sooner)) == {}
    scene.holds()


def test_two_chains_that_meet_move_each_customer_once(world: World) -> None:
    scene = MoveUpScene.set(world, "Ana", "Ben", "Cleo", move_up_chain=9, cooldown_hours=24)
    other = world.booked(scene.zoe, hours=26)
    assert world.cancel(other.id) == 202
    world.work()
    for _ in range(3):
        for name in scene.people:
            scene.says(name, "YES")
        at_once(*[lambda task=task: world.run(task) for task in world.claimable()])
        world.work()
    assert {scene.places(name) for name in scene.people} == {1}
    scene.holds()


@pytest.mark.parametrize("step", long_except(range(0, 24, 3), 12))
def test_a_worker_killed_at_any_step_of_a_move_leaves_one_place_and_one_deposit(world: World, step: int) -> None:
    scene = MoveUpScene.set(world, "Ana", "Ben").says("Ana", "YES")
    (task,) = [task for task in world.claimable() if task.name == "accept_offer"]
    with cut_short(world, after=step):
        world.run(task)
    assert scene.places("Ana") == 1
    scene.holds()
    assert scene.old("Ana").cancel_reason == "moved up"


def test_both_deposits_are_kept_when_the_old_one_is_paid_meanwhile(world: World) -> None:
    """The customer first pays for the old appointment and then for the earlier one."""
    scene = MoveUpScene.set(world, "Ana", unpaid=True).says("Ana", "YES")
    world.work()
    old = scene.old("Ana")
    with world.session() as session:
        builders.a_payment(session, old, amount_cents=2000, stripe_payment_intent_id="pi_old", status="succeeded")
    world.at_stripe(world.intent_of(scene.people["Ana"]) or "", "succeed")
    world.work()
    (new,) = world.rows("SELECT * FROM appointments WHERE moved_from_appointment_id = :id", id=old.id)
    assert new.status == "booked"
    found = world.rows("SELECT attempt, status FROM payments WHERE appointment_id = :id ORDER BY attempt", id=new.id)
    assert [(row.attempt, row.status) for row in found] == [(1, "succeeded"), (2, "succeeded")]
