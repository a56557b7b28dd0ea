"""If a worker is killed at any step of a delivery, each event still arrives, always with the same id."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from db.encryption import Encryption
from db.tasks.pending_tasks import UnpublishedRow
from db.webhooks import events
from db.webhooks.due_deliveries import LEASE
from providers.outgoing_webhooks.signatures import new_secret
from tests import builders
from tests.faults.situations import RecoveryScene
from tests.faults.test_failpoints import Doomed, doomed
from tests.webhook_receiver import Answer, Received, receiver
from tests.world import World

pytestmark = pytest.mark.quick

__all__ = ["doomed"]

DELIVER = UnpublishedRow(None, "deliver_webhooks", [])  # type: ignore[arg-type]
STEPS = 14


def an_endpoint(world: World, scene: RecoveryScene, url: str) -> None:
    encryption = Encryption(
        [world.dependencies.settings.staff.secret_key.get_secret_value()], purpose="webhook secrets"
    )
    with world.session() as session:
        secret = encryption.encrypt(new_secret())
        builders.insert(session, "webhook_endpoints", shop_id=scene.shop.id, url=url, secret=secret)


@pytest.mark.long
def test_a_worker_killed_at_any_step_of_a_delivery_loses_no_event(world: World, doomed: Doomed) -> None:
    steps = 0
    kill_at = 0
    while kill_at == 0 or kill_at < steps:
        world.begin_anew()
        with receiver() as theirs:
            scene = RecoveryScene.set(world, cancelled=False)
            an_endpoint(world, scene, theirs.url)
            assert world.cancel(scene.appointment.id) == 202
            scene.asked()
            wanted = {events.public_id(row.id) for row in world.rows("SELECT event_id AS id FROM webhook_deliveries")}
            assert len(wanted) == 3
            if not steps:
                steps = len(doomed.run(world, DELIVER, kill_at=None))
                assert steps >= STEPS
                assert Counter(theirs.ids) == Counter(wanted)
                kill_at = 1
                continue
            doomed.run(world, DELIVER, kill_at=kill_at)
            world.clock.pass_(LEASE)
            world.beat("deliver_webhooks")
            assert set(theirs.ids) == wanted
            assert world.rows("SELECT 1 FROM webhook_deliveries WHERE status <> 'delivered'") == []
            assert len(theirs.ids) - len(wanted) <= 2
            kill_at += 1


def test_every_change_of_a_recovery_arrives_in_spite_of_refusals(world: World) -> None:
    refused: set[str] = set()

    def refuse_the_first_attempt(one: Received) -> Answer:
        known = one.id in refused
        refused.add(one.id)
        return Answer(200 if known else 503)

    with receiver(refuse_the_first_attempt) as theirs:
        scene = RecoveryScene.set(world, cancelled=False)
        an_endpoint(world, scene, theirs.url)
        assert world.cancel(scene.appointment.id) == 202
        scene.recovered()
        for _ in range(6):
            world.beat("deliver_webhooks")
            world.clock.pass_(timedelta(minutes=6))
        kinds = Counter(
            row.type
            for row in world.rows("SELECT e.type FROM webhook_deliveries d JOIN events e ON e.id = d.event_id")
        )
        assert kinds == Counter(
            {
                "appointment.cancelled": 1,
                "slot.opened": 1,
                "offer.sent": 1,
                "offer.accepted": 1,
                "slot.held": 1,
                "appointment.booked": 1,
                "slot.recovered": 1,
                "payment.succeeded": 1,
            }
        )
        assert world.rows("SELECT 1 FROM webhook_deliveries WHERE status <> 'delivered'") == []
        assert len(set(theirs.ids)) == 8
