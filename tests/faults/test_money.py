"""Each late or unexpected deposit results in one booking or one refund, or staff are notified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.money import refunds as refunds_of_staff
from db.money.refunds import RefundRequest
from db.tasks import pending_tasks
from tests.builders import Built
from tests.effort import long_except
from tests.faults.crashes import cut_short_when
from tests.faults.situations import RecoveryScene
from tests.world import World


def test_late_money_books_the_slot_if_it_is_still_free(world: World) -> None:
    scene = let_go_by_hand(RecoveryScene.set(world).held())
    scene.card("succeed")
    world.settle()
    slot = world.slot_of(scene.appointment)
    assert slot.status == "filled"
    assert world.bookings(slot) == {"Ana": "booked"}
    assert refunds(world) == []
    assert world.broken_promises() == []


@pytest.mark.quick
def test_a_late_payment_is_refunded_once_with_one_apology_when_the_slot_has_another_customer(world: World) -> None:
    scene = let_go_by_hand(RecoveryScene.set(world).held())
    world.later("send_next_offer", world.slot_of(scene.appointment).id, shop_id=scene.shop.id)
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "declined", "Ben": "sent"}
    scene.card("succeed")
    world.settle()
    assert len(refunds(world)) == 1
    assert sum("refund" in text.lower() for text in world.texts(scene.ana)) == 1
    assert payment_of(scene).status == "refunded"
    assert world.broken_promises() == []


@pytest.mark.quick
def test_a_refund_is_made_once_though_its_answer_is_lost_and_its_key_forgotten(world: World) -> None:
    scene = let_go_by_hand(RecoveryScene.set(world).held())
    assert world.book_by_hand(scene.shop, scene.appointment)
    scene.card("succeed")
    task = scene.next("refund_payment")
    with cut_short_when(world, "after a provider has answered"):
        world.run(task)
    world.outside.fault("stripe refunds.create", "timeout_after")
    world.clock.pass_(timedelta(hours=25))
    world.outside.forget_keys()
    world.settle()
    assert len(refunds(world)) == 1
    assert payment_of(scene).status == "refunded"


def test_an_intent_is_made_once_though_its_answer_is_lost_and_its_key_forgotten(world: World) -> None:
    """The worker was down for a day. The hold has ended, so its payment is cancelled rather than created again."""
    scene = RecoveryScene.set(world).asked().says("YES")
    task = scene.next("create_payment")
    world.outside.fault("stripe payment_intents.create", "timeout_after")
    world.run(task)
    world.clock.pass_(timedelta(hours=25))
    world.outside.forget_keys()
    world.settle()
    assert len(world.outside.intents()) == 1
    assert world.broken_promises() == []


@pytest.mark.quick
def test_an_amount_that_is_not_what_was_asked_for_books_nothing_and_asks_a_human(world: World) -> None:
    scene = RecoveryScene.set(world).held()
    world.change_amount(world.intent_of(scene.ana), 100)
    scene.card("succeed")
    world.settle()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}
    assert "in another amount or currency" in payment_of(scene).needs_human
    assert notices(scene, "needs_human") == 1
    assert refunds(world) == []


def test_a_refund_that_the_bank_refuses_is_for_a_human(world: World) -> None:
    scene = let_go_by_hand(RecoveryScene.set(world).held())
    assert world.book_by_hand(scene.shop, scene.appointment)
    world.outside.fault("stripe refunds.create", "refund_failed")
    scene.card("succeed")
    world.settle()
    assert "another way" in payment_of(scene).needs_human
    assert notices(scene, "needs_human") == 1
    assert len(refunds(world)) == 1


@pytest.mark.parametrize("failure_first", [False, True])
def test_late_money_whose_refund_the_bank_rejects_later_is_for_a_human(world: World, failure_first: bool) -> None:
    scene = let_go_by_hand(RecoveryScene.set(world).held())
    assert world.book_by_hand(scene.shop, scene.appointment)
    world.outside.fault("stripe refunds.create", "refund_failed")
    scene.card("succeed")
    world.run(scene.next("refund_payment"))
    webhooks = world.outside.waiting()
    for webhook in reversed(webhooks) if failure_first else webhooks:
        world.outside.carry_or_give_up(webhook)
        world.work_off()
    world.settle()
    payment = payment_of(scene)
    assert (payment.status, payment.refunded_cents) == ("succeeded", 0)
    assert "another way" in payment.needs_human
    assert len(refunds(world)) == 1
    assert world.broken_promises() == []


@pytest.mark.quick
def test_a_dispute_is_shown_and_leaves_the_booking_alone(world: World) -> None:
    scene = RecoveryScene.set(world).recovered().card("dispute")
    world.settle()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
    assert payment_of(scene).status == "disputed"
    assert notices(scene, "dispute") == 1
    assert world.broken_promises() == []


def test_a_dispute_that_is_won_leaves_the_deposit_paid(world: World) -> None:
    scene = RecoveryScene.set(world).recovered().card("dispute")
    world.settle()
    scene.card("dispute/won")
    world.settle()
    assert payment_of(scene).status == "succeeded"
    assert (notices(scene, "dispute"), notices(scene, "dispute_won")) == (1, 1)
    assert world.broken_promises() == []


def test_a_dispute_that_is_lost_stays_gone(world: World) -> None:
    scene = RecoveryScene.set(world).recovered().card("dispute")
    world.settle()
    scene.card("dispute/lost")
    world.settle()
    assert payment_of(scene).status == "disputed"
    assert notices(scene, "dispute") == 2
    assert world.broken_promises() == []


@pytest.mark.parametrize("refunded_first", long_except([True, False], True))
def test_a_payment_that_is_refunded_during_an_inquiry_is_refunded(world: World, refunded_first: bool) -> None:
    """The shop refunds the payment at Stripe, or in this system before the bank's inquiry arrives."""
    scene = RecoveryScene.set(world).recovered()
    payment = payment_of(scene)
    if refunded_first:
        wanted = RefundRequest(uuid4(), payment.shop_id, payment.id, payment.amount_cents, "Inquiry", "staff")
        with world.session() as session:
            refunds_of_staff.request(session, wanted)
            pending_tasks.add(session, "send_refund", wanted.id, shop_id=payment.shop_id)
    scene.card("dispute")
    world.run(scene.next("handle_payment_change"))
    assert payment_of(scene).status == "disputed"
    if not refunded_first:
        world.dependencies.stripe.refund(payment.stripe_payment_intent_id, None, "made at Stripe")
    world.settle()
    assert (payment_of(scene).status, payment_of(scene).refunded_cents) == ("refunded", payment.amount_cents)
    scene.card("dispute/won")
    world.settle()
    assert payment_of(scene).status == "refunded"
    (notification,) = world.rows(
        "SELECT text FROM notifications WHERE shop_id = :id AND kind = 'dispute_won'", id=scene.shop.id
    )
    assert "the payment was refunded" in notification.text
    assert "keeps the money" not in notification.text
    assert len(refunds(world)) == 1
    assert world.broken_promises() == []


def test_the_beginning_of_a_dispute_reported_after_its_end_changes_nothing(world: World) -> None:
    scene = RecoveryScene.set(world).recovered()
    world.outside.fault("stripe webhook", "delayed", delay_ms=60_000)
    scene.card("dispute").card("dispute/won")
    world.settle()
    assert payment_of(scene).status == "succeeded"
    assert (notices(scene, "dispute"), notices(scene, "dispute_won")) == (0, 1)


def test_a_hold_is_not_released_while_stripe_does_not_answer(world: World) -> None:
    scene = RecoveryScene.set(world).held()
    world.outside.fault("stripe payment_intents", "server_error", times=None)
    for _ in range(5):
        world.clock.pass_(timedelta(minutes=5))
        world.beat("expire_offers")
        world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}
    assert world.texts(scene.ben) == []
    world.outside.clear_faults()
    world.settle()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "declined", "Ben": "expired"}
    assert world.broken_promises() == []


def test_a_500_that_stripe_keeps_for_the_key_does_not_make_a_second_intent(world: World) -> None:
    """The request succeeded, but Stripe returns the stored error for the key for a day."""
    scene = RecoveryScene.set(world).asked().says("YES")
    world.outside.fault("stripe payment_intents.create", "server_error_after")
    world.work()
    world.clock.pass_(timedelta(seconds=6))
    world.work()
    assert len(world.outside.intents()) == 1
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}
    assert any("/pay/" in text for text in world.texts(scene.ana))


def test_a_payment_that_is_processing_holds_the_slot_and_is_shown(world: World) -> None:
    scene = RecoveryScene.set(world).held().card("processing")
    for _ in range(4):
        world.clock.pass_(timedelta(minutes=10))
        world.beat("expire_offers")
        world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}
    assert notices(scene, "needs_human") == 1
    scene.card("succeed")
    world.settle()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}


def test_a_processing_payment_of_an_earlier_hold_ends_when_it_is_cancelled(world: World) -> None:
    """The hold was released in the tables while the bank processed the payment, which then failed."""
    scene = RecoveryScene.set(world).held().card("processing")
    world.run(scene.next("handle_payment_change"))
    let_go_by_hand(scene)
    world.rows("UPDATE payments SET status = 'processing' WHERE id = :id", id=payment_of(scene).id)
    scene.card("fail")
    world.work()
    assert payment_of(scene).status == "processing"
    world.dependencies.stripe.cancel(payment_of(scene).stripe_payment_intent_id)
    world.settle()
    assert payment_of(scene).status == "cancelled"
    assert world.broken_promises() == []


def let_go_by_hand(scene: RecoveryScene) -> RecoveryScene:
    """Releases the hold in the tables without a request to Stripe, so the payment can still succeed."""
    slot = scene.world.slot_of(scene.appointment).id
    for statement in (
        "UPDATE appointments SET status = 'cancelled' WHERE source_slot_opening_id = :id",
        (
            "UPDATE payments SET status = 'cancelled' WHERE appointment_id IN"
            " (SELECT id FROM appointments WHERE source_slot_opening_id = :id)"
        ),
        "UPDATE slot_offers SET status = 'declined' WHERE slot_opening_id = :id",
        "UPDATE slot_openings SET status = 'open', freed_at = clock_timestamp() WHERE id = :id",
    ):
        scene.world.rows(statement, id=slot)
    return scene


def refunds(world: World) -> list[Any]:
    """Returns the ids of all refunds in the ledger, without duplicates."""
    asked = world.outside.ledger(kind="request", method="POST", path="/v1/refunds")
    return sorted({one["response_id"] for one in asked if one["response_id"]})


def payment_of(scene: RecoveryScene) -> Built:
    statement = "SELECT p.* FROM payments p JOIN appointments a ON a.id = p.appointment_id WHERE a.customer_id = :id"
    (payment,) = scene.world.rows(statement, id=scene.ana.id)
    return payment


def notices(scene: RecoveryScene, kind: str) -> int:
    statement = "SELECT count(*) FROM notifications WHERE shop_id = :id AND kind = :kind"
    return int(scene.world.one(statement, id=scene.shop.id, kind=kind))
