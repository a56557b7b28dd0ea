"""Events that are missing from a restored database are neither repeated nor lost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from cli.restored import ONE_AT_A_TIME, restored
from db.locks import advisory_lock
from db.messages import messages
from providers.stripe.stripe_client import IntentOrder
from providers.stripe.stripe_results import Intent
from tests import builders
from tests.builders import Built
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
        "WITH done AS (DELETE FROM settled_tasks WHERE shop_id = :shop AND name = 'send_message' RETURNING *)"
        " INSERT INTO pending_tasks (id, shop_id, name, args) SELECT id, shop_id, name, args FROM done"
    ),
)


def forget(scene: RecoveryScene, statements: tuple[str, ...]) -> None:
    """Resets the rows of this shop to an earlier moment, as a restore does."""
    for statement in statements:
        scene.world.rows(statement, shop=scene.shop.id)


def after_a_restore(world: World, since: datetime, *options: str) -> Any:
    """Runs the command and returns its JSON."""
    done = the_command(world, since, "--json", "--yes", *options)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def the_command(world: World, since: datetime, *options: str) -> Result:
    """Runs the command without a terminal and returns its result."""
    use(world.dependencies)
    return CliRunner().invoke(restored, ["--since", since.isoformat(), *options], catch_exceptions=False)


@pytest.mark.quick
def test_a_lost_recovery_is_refunded_and_its_customer_is_not_asked(world: World) -> None:
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
    assert again == {"payments": [], "texts": []}
    assert len(refunds_of(world, intent)) == 1
    assert [intent in text for text in notification_texts(world, scene.shop)] == [True]

    world.beat("expire_offers")
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ben": "sent"}
    # Her YES has been answered with the message that no slot is open.
    assert len(world.texts(scene.ana)) == texts + 1
    assert world.one("SELECT count(*) FROM slot_offers WHERE customer_id = :id", id=scene.ana.id) == 0


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


def test_a_text_that_failed_is_not_recorded_as_sent(world: World) -> None:
    scene = RecoveryScene.set(world)
    text = scene.next("send_message")
    since = world.clock.now()
    world.outside.fault("twilio messages.create", "undelivered")
    world.run(text)
    world.clock.pass_(timedelta(seconds=10))
    forget(scene, UNSEND)

    assert after_a_restore(world, since, "--apply")["texts"] == []


@pytest.mark.parametrize(("waits", "outcome"), [(True, "matched"), (False, "recorded")])
def test_the_words_of_a_trial_account_are_recognised(world: World, waits: bool, outcome: str) -> None:
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    since = world.clock.now()
    world.dependencies.twilio.send(
        shop.sms_from,
        ana.phone,
        "Sent from your Twilio trial account - See you",
        status_callback=f"{world.web}/api/twilio/status/{uuid4()}",
        validity_seconds=600,
    )
    see_you = {"purpose": "answer", "from_address": shop.sms_from, "body": "See you"}
    with world.session() as session:
        if waits:
            builders.a_message(session, ana, **see_you)

    assert [one["outcome"] for one in after_a_restore(world, since, "--apply")["texts"]] == [outcome]
    with world.session() as session:
        again = builders.a_message(session, ana, **see_you)
        messages.claim(session, again.id)
        assert builders.reload(session, "messages", again.id).status == ("sending" if waits else "expired")


def test_only_the_remainder_of_a_payment_is_refunded(world: World) -> None:
    shop = world.shop()
    since = world.clock.now()
    part, all = paid(world, shop), paid(world, shop)
    world.dependencies.stripe.refund(part, 500, "part")
    world.dependencies.stripe.refund(all, None, "all")

    applied = after_a_restore(world, since, "--apply")["payments"]

    assert [(one["intent_id"], one["amount"], one["outcome"]) for one in applied] == [(part, "£15", "refunded")]
    assert after_a_restore(world, since, "--apply")["payments"] == []


def test_a_refund_that_the_bank_rejects_is_shown_to_the_staff(world: World) -> None:
    shop = world.shop()
    since = world.clock.now()
    paid(world, shop)
    world.outside.fault("stripe refunds.create", "refund_failed")
    after_a_restore(world, since, "--apply")

    done = the_command(world, since, "--json", "--yes", "--apply")

    assert done.exit_code == 1
    outcomes = [one["outcome"] for one in json.loads(done.stdout)["payments"]]
    assert outcomes == ["not refunded: The bank rejected the refund."]
    assert [
        text.startswith("The database was restored. Stripe did not refund £20")
        for text in notification_texts(world, shop)
    ] == [
        False,
        True,
    ]


@pytest.mark.parametrize("status", ["booked", "pending_payment", "settled"])
def test_a_payment_whose_appointment_exists_is_not_refunded(world: World, status: str) -> None:
    shop = world.shop()
    booking = world.booked(world.customer(shop, "Ana"), status=status)
    since = world.clock.now()
    intent = paid(world, shop, appointment_id=str(booking.id))
    for _ in range(2):
        done = the_command(world, since, "--json", "--yes", "--apply")
        assert done.exit_code == 1
        assert [one["outcome"] for one in json.loads(done.stdout)["payments"]] == ["booking exists: check it"]

    assert refunds_of(world, intent) == []
    assert [intent in text for text in notification_texts(world, shop)] == [True]


@pytest.mark.quick
def test_a_stop_that_was_lost_counts_before_a_worker_runs(world: World) -> None:
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    since = world.clock.now()
    for body in ("START", "STOP"):
        world.outside.fault("twilio webhook.inbound", "dropped")
        world.says(ana, shop, body)
        world.carry()

    after_a_restore(world, since)
    assert world.rows("SELECT FROM suppressions") == []
    after_a_restore(world, since, "--apply")

    assert world.one("SELECT lifted_at FROM suppressions WHERE phone = :phone", phone=ana.phone) is None
    assert world.one("SELECT sms_opt_in FROM customers WHERE id = :id", id=ana.id) is False


def test_without_a_terminal_it_must_be_confirmed(world: World) -> None:
    shop = world.shop()
    since = world.clock.now()
    intents = [paid(world, shop) for _ in range(2)]

    done = the_command(world, since, "--apply")

    assert done.exit_code == 2
    assert "To refund:  2 £40" in done.stderr
    assert "test mode, account acct_sandbox" in done.stderr
    assert str(world.dependencies.engine.url.database) in done.stderr
    assert [refunds_of(world, intent) for intent in intents] == [[], []]


@pytest.mark.parametrize(("answer", "refunds"), [("y", 1), ("n", 0)])
def test_at_a_terminal_it_asks(world: World, monkeypatch: pytest.MonkeyPatch, answer: str, refunds: int) -> None:
    shop = world.shop()
    since = world.clock.now().isoformat()
    intent = paid(world, shop)
    use(world.dependencies)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)

    done = CliRunner().invoke(restored, ["--since", since, "--apply"], input=f"{answer}\n")

    assert done.exit_code == (0 if refunds else 2), done.output
    assert len(refunds_of(world, intent)) == refunds


def test_a_time_long_after_the_newest_row_is_refused(world: World) -> None:
    shop = world.shop()
    with world.session() as session:
        builders.a_message(session, world.customer(shop, "Ana"))
    world.clock.pass_(timedelta(hours=2))
    since = world.clock.now()
    assert the_command(world, since).exit_code == 2
    assert the_command(world, since - timedelta(minutes=90)).exit_code == 0
    assert the_command(world, since, "--yes").exit_code == 0


def test_it_runs_once_at_a_time(world: World) -> None:
    with advisory_lock(world.dependencies.engine, ONE_AT_A_TIME):
        done = the_command(world, world.clock.now(), "--apply", "--yes")
    assert done.exit_code == 1
    assert "already running" in done.stderr


@pytest.mark.parametrize("since", ["yesterday", "", "2999-01-01"])
def test_a_time_that_is_none_is_refused(since: str) -> None:
    assert CliRunner().invoke(restored, ["--since", since]).exit_code == 2


def paid(world: World, shop: Built, **metadata: str) -> str:
    """Creates a paid intent of £20 for this shop. The database has no payment for it."""
    payment_id = str(uuid4())
    order = IntentOrder(payment_id, 2000, "GBP", payment_id, {"shop_id": str(shop.id), **metadata})
    made = world.dependencies.stripe.create_intent(order)
    assert isinstance(made, Intent)
    assert world.at_stripe(made.id, "succeed") == 200
    return made.id


def notification_texts(world: World, shop: Built) -> list[str]:
    return [row.text for row in world.rows("SELECT text FROM notifications WHERE shop_id = :id", id=shop.id)]


def refunds_of(world: World, intent: str) -> list[Any]:
    listed = world.dependencies.stripe._v1.refunds.list(params={"payment_intent": intent})
    return list(listed.data)
