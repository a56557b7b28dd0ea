"""All code locks a slot before any row that belongs to it, so that two transactions never deadlock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from tests.faults.situations import RecoveryScene
from tests.waiting import wait_for
from tests.world import World

pytestmark = pytest.mark.quick

WAITS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%slot_openings%FOR UPDATE%'
"""
FREE = text("SELECT id FROM payments WHERE shop_id = :shop_id FOR NO KEY UPDATE NOWAIT")


@pytest.mark.parametrize(
    ("happens", "task"),
    [
        (lambda scene: scene.asked().says("YES"), "create_payment"),
        (lambda scene: scene.held().card("succeed"), "handle_payment_success"),
        (lambda scene: scene.held().card("fail"), "handle_payment_failure"),
    ],
)
def test_a_transaction_that_waits_for_a_slot_locks_none_of_its_payments(world: World, happens, task: str) -> None:
    scene = RecoveryScene.set(world)
    happens(scene)
    due = scene.next(task)
    slot = world.slot_of(scene.appointment)
    with ThreadPoolExecutor(1) as pool:
        with world.session() as somebody:
            somebody.execute(text("SELECT id FROM slot_openings WHERE id = :id FOR UPDATE"), {"id": slot.id})
            running = pool.submit(world.run, due)
            wait_for(lambda: world.one(WAITS) > 0, "the task to wait for the slot")
            assert somebody.execute(FREE, {"shop_id": scene.shop.id}).all()
            somebody.rollback()
        running.result()
    assert world.one("SELECT count(*) FROM pending_tasks WHERE id = :id AND settled_at IS NOT NULL", id=due.id) == 1
