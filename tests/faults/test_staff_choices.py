"""Staff skip a customer for one slot or pick the next customer, under the rules of every search."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.email.choice import UnconfiguredSender
from tests.builders import Built
from tests.faults.situations import RecoveryScene
from tests.world import World
from worker import dependencies


def choose(scene: RecoveryScene, action: str, who: Built) -> dict[str, str]:
    """Applies the staff's choice and returns the outcome of the worker's task."""
    world, slot = scene.world, scene.world.slot_of(scene.appointment)
    world.later("choose_customer", slot.id, action, who.id, "Mia", shop_id=scene.shop.id)
    world.work()
    query = "SELECT outcome FROM pending_tasks WHERE name = 'choose_customer' AND shop_id = :id ORDER BY created_at"
    return world.rows(query, id=scene.shop.id)[-1].outcome  # type: ignore[no-any-return]


def asked(scene: RecoveryScene) -> dict[str, str]:
    return scene.world.offers(scene.world.slot_of(scene.appointment))


def entries(scene: RecoveryScene) -> list[tuple[str, str]]:
    query = "SELECT event, actor FROM audit_logs WHERE shop_id = :id AND event LIKE 'Customer%' AND actor = 'Mia'"
    return [(row.event, row.actor) for row in scene.world.rows(query, id=scene.shop.id)]


def dan(world: World, scene: RecoveryScene, **columns: object) -> Built:
    """A customer without visits, whom a search asks after Ana and Ben."""
    return world.customer(scene.shop, "Dan", **columns)


@pytest.mark.quick
def test_a_skipped_customer_is_not_asked_and_the_one_after_them_is(world: World) -> None:
    scene = RecoveryScene.set(world)
    late = dan(world, scene)
    world.work()
    assert choose(scene, "skip", scene.ben) == {"outcome": "skip", "reason": "Ben is not asked about this slot."}
    scene.says("no")
    world.work()
    assert asked(scene) == {"Ana": "declined", "Dan": "sent"}
    assert entries(scene) == [("CustomerSkipped", "Mia")]
    world.says(late, scene.shop, "no")
    world.settle()
    assert "Ben" not in asked(scene)
    assert world.broken_promises() == []


def test_a_customer_who_is_no_longer_skipped_is_asked(world: World) -> None:
    scene = RecoveryScene.set(world)
    world.work()
    choose(scene, "skip", scene.ben)
    assert choose(scene, "unskip", scene.ben)["outcome"] == "unskip"
    scene.says("no")
    world.work()
    assert asked(scene) == {"Ana": "declined", "Ben": "sent"}


@pytest.mark.quick
def test_a_picked_customer_is_asked_before_the_others(world: World) -> None:
    scene = RecoveryScene.set(world)
    late = dan(world, scene)
    world.work()
    assert choose(scene, "pick", late) == {"outcome": "pick", "reason": "Dan is asked next."}
    assert asked(scene) == {"Ana": "sent"}
    scene.says("no")
    world.work()
    assert asked(scene) == {"Ana": "declined", "Dan": "sent"}
    (log,) = world.rows(
        "SELECT because FROM audit_logs WHERE event = 'CustomerChosen' AND because LIKE 'Chosen%' AND shop_id = :id",
        id=scene.shop.id,
    )
    assert log.because == "Chosen by your team."
    world.says(late, scene.shop, "no")
    world.work()
    assert asked(scene)["Ben"] == "sent"
    world.settle()
    assert world.broken_promises() == []


def test_a_rule_that_forbids_a_pick_is_named(world: World) -> None:
    scene = RecoveryScene.set(world)
    out = dan(world, scene, sms_opt_in=False)
    world.work()
    outcome = choose(scene, "pick", out)
    assert outcome == {"outcome": "refused", "reason": "Dan can't be asked next. Has not agreed to texts."}
    assert choose(scene, "pick", scene.ana)["reason"] == "Ana can't be asked next. Was already asked about this slot."
    assert entries(scene) == []


def test_a_pick_that_a_rule_forbids_later_is_passed_over(world: World) -> None:
    scene = RecoveryScene.set(world)
    late = dan(world, scene)
    world.work()
    choose(scene, "pick", late)
    world.rows("UPDATE customers SET sms_opt_in = false WHERE id = :id", id=late.id)
    scene.says("no")
    world.work()
    assert asked(scene) == {"Ana": "declined", "Ben": "sent"}


def test_a_customer_who_was_asked_cannot_be_skipped(world: World) -> None:
    scene = RecoveryScene.set(world)
    world.work()
    assert choose(scene, "skip", scene.ana)["outcome"] == "refused"
    assert asked(scene) == {"Ana": "sent"}


def test_a_customer_of_another_shop_is_not_found(world: World) -> None:
    scene, other = RecoveryScene.set(world), RecoveryScene.set(world)
    world.work()
    assert choose(scene, "pick", other.ben)["outcome"] == "not found"


def test_a_closed_slot_changes_nothing(world: World) -> None:
    scene = RecoveryScene.set(world)
    world.work()
    scene.step_in("stop")
    world.work()
    assert choose(scene, "skip", scene.ben)["reason"] == "This slot is no longer offered."


def test_nobody_is_picked_whom_the_installation_cannot_reach(world: World) -> None:
    scene = RecoveryScene.set(world, offer_by_email=True)
    only_email = {"sms_opt_in": False, "email": "dan@example.com", "email_opt_in": True}
    reached_by_email = dan(world, scene, **only_email)
    world.work()
    dependencies.use(replace(world.dependencies, email=UnconfiguredSender()))
    try:
        outcome = choose(scene, "pick", reached_by_email)
    finally:
        dependencies.use(world.dependencies)
    assert outcome["outcome"] == "refused"
    assert choose(scene, "pick", reached_by_email)["outcome"] == "pick"
