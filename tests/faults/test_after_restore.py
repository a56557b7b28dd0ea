"""What happened after the moment to which the database was restored is neither repeated nor forgotten."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from cli.restored import restored
from tests.faults.situations import RecoveryScene
from tests.world import World
from worker.dependencies import use

FORGET_THE_RECOVERY = (
    "DELETE FROM messages WHERE shop_id = :shop",
    (
        "DELETE FROM payments WHERE appointment_id IN (SELECT id FROM appointments WHERE shop_id = :shop"
        " AND source_slot_opening_id IS NOT NULL)"
    ),
    "DELETE FROM appointments WHERE shop_id = :shop AND source_slot_opening_id IS NOT NULL",
    "DELETE FROM slot_offers WHERE shop_id = :shop",
    "DELETE FROM pending_tasks WHERE shop_id = :shop",
    "DELETE FROM webhook_events WHERE shop_id = :shop",
    "DELETE FROM notifications WHERE shop_id = :shop",
    "UPDATE customers SET last_asked_at = NULL, cooldown_until = NULL WHERE shop_id = :shop",
    "UPDATE slot_openings SET status = 'open', next_search_at = clock_timestamp() WHERE shop_id = :shop",
)
UNSEND = (
    (
        "UPDATE messages SET status = 'queued', provider_id = NULL, claimed_at = NULL, carrier_status = NULL"
        " WHERE shop_id = :shop"
    ),
    "UPDATE slot_offers SET status = 'pending', sent_at = NULL, expires_at = NULL WHERE shop_id = :shop",
    (
        "UPDATE pending_tasks SET settled_at = NULL, lease_until = NULL, attempts = 0 WHERE shop_id = :shop"
        " AND name = 'send_message'"
    ),
)


def forget(scene: RecoveryScene, statements: tuple[str, ...]) -> None:
    """Takes the rows of this shop back to an earlier moment, as a restore does."""
    for statement in statements:
        scene.world.rows(statement, shop=scene.shop.id)


def after_a_restore(world: World, since: datetime, *options: str) -> Any:
    """Runs the command and returns its JSON."""
    use(world.dependencies)
    done = CliRunner().invoke(restored, ["--since", since.isoformat(), "--json", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_lost_recovery_is_refunded_and_its_customer_left_alone(world: World) -> None:
    scene = RecoveryScene.set(world, cooldown_hours=24)
    since = world.clock.now()
    scene.held()
    intent = world.intent_of(scene.ana)
    assert intent
    assert world.at_stripe(intent, "succeed") == 200
    forget(scene, FORGET_THE_RECOVERY)
    texts = len(world.texts(scene.ana))

    listed = after_a_restore(world, since)
    assert [one["outcome"] for one in (*listed["payments"], *listed["texts"])] == ["", "", ""]
    assert world.one("SELECT count(*) FROM messages WHERE shop_id = :id", id=scene.shop.id) == 0

    applied = after_a_restore(world, since, "--apply")
    assert [(one["intent_id"], one["amount"], one["outcome"]) for one in applied["payments"]] == [
        (intent, "£20", "refunded")
    ]
    assert [one["outcome"] for one in applied["texts"]] == ["recorded", "recorded"]
    again = after_a_restore(world, since, "--apply")
    assert again["texts"] == []
    assert len(refunds_of(world, intent)) == 1
    told = "SELECT text FROM notifications WHERE shop_id = :id"
    assert [intent in row.text for row in world.rows(told, id=scene.shop.id)] == [True]

    world.beat("expire_offers")
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ben": "sent"}
    assert len(world.texts(scene.ana)) == texts


def test_an_unpaid_link_that_was_lost_can_no_longer_be_paid(world: World) -> None:
    scene = RecoveryScene.set(world)
    since = world.clock.now()
    scene.held()
    intent = world.intent_of(scene.ana)
    assert intent
    forget(scene, FORGET_THE_RECOVERY)

    applied = after_a_restore(world, since, "--apply")

    assert [one["outcome"] for one in applied["payments"]] == ["cancelled"]
    assert world.at_stripe(intent, "succeed") == 409


def test_a_text_that_was_sent_after_that_moment_is_not_sent_again(world: World) -> None:
    scene = RecoveryScene.set(world)
    text = scene.next("send_message")
    since = world.clock.now()
    world.run(text)
    forget(scene, UNSEND)

    applied = after_a_restore(world, since, "--apply")
    assert [one["outcome"] for one in applied["texts"]] == ["matched"]
    world.work()

    assert len(world.texts(scene.ana)) == 1
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}


def test_a_reminder_is_not_repeated(world: World) -> None:
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    booking = world.booked(ana, hours=24)
    world.rows("UPDATE appointments SET created_at = created_at - interval '2 days' WHERE id = :id", id=booking.id)
    since = world.clock.now()
    world.beat("send_booking_reminders")
    world.work()
    (reminder,) = world.texts(ana)
    for table in ("messages", "pending_tasks", "notifications"):
        world.rows(f"DELETE FROM {table} WHERE shop_id = :shop", shop=shop.id)

    after_a_restore(world, since, "--apply")
    world.clock.pass_(timedelta(minutes=1))
    world.beat("send_booking_reminders")
    world.work()

    assert world.texts(ana) == [reminder]
    statuses = "SELECT status FROM messages WHERE customer_id = :id AND purpose = 'booking_reminder'"
    assert world.one(statuses, id=ana.id) == "expired"


@pytest.mark.parametrize("since", ["yesterday", ""])
def test_a_time_that_is_none_is_refused(since: str) -> None:
    assert CliRunner().invoke(restored, ["--since", since]).exit_code == 2


def refunds_of(world: World, intent: str) -> list[Any]:
    listed = world.dependencies.stripe._v1.refunds.list(params={"payment_intent": intent})
    return list(listed.data)
