"""If the workers cannot keep up, waiting tasks cause no additional work."""

from __future__ import annotations

from datetime import timedelta

from tests.faults.situations import RecoveryScene
from tests.world import World

SEARCHES = "SELECT count(*) FROM pending_tasks WHERE name = 'send_next_offer' AND args ->> 0 = :id"


def test_a_search_that_waits_for_an_hour_is_taken_up_once(world: World) -> None:
    scene = RecoveryScene.set(world)
    world.run(scene.next("create_slot_opening"))
    slot = world.slot_of(scene.appointment)
    for _ in range(60):
        world.clock.pass_(timedelta(minutes=1))
        world.beat("tick")
    assert world.one(SEARCHES, id=str(slot.id)) <= 2
    world.settle()
    assert len(world.texts(scene.ana)) == 1
