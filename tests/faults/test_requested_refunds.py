"""Each refund that staff request is made once. The total never exceeds the payment, in our rows or at Stripe."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from db.money import refunds
from db.money.refunds import RefundRefusedError, RefundRequest
from db.tasks import pending_tasks
from tests.builders import Built
from tests.faults.crashes import cut_short_when
from tests.faults.situations import RecoveryScene
from tests.waiting import wait_for
from tests.world import World


def paid_deposit(world: World) -> Built:
    """Ana's deposit of 20 pounds."""
    scene = RecoveryScene.set(world).recovered()
    world.settle()
    (row,) = world.rows(
        "SELECT p.* FROM payments p JOIN appointments a ON a.id = p.appointment_id WHERE a.customer_id = :id",
        id=scene.ana.id,
    )
    return row


def ask(world: World, paid: Built, amount: int, **more: Any) -> None:
    wanted = RefundRequest(more.get("id", uuid4()), paid.shop_id, paid.id, amount, "Goodwill", "staff")
    with world.session() as session:
        if refunds.request(session, wanted):
            pending_tasks.add(session, "send_refund", wanted.id, shop_id=paid.shop_id)


def made(world: World, paid: Built) -> list[int]:
    """Returns the amounts that Stripe has refunded."""
    listed = world.dependencies.stripe._v1.refunds.list(params={"payment_intent": paid.stripe_payment_intent_id})
    return sorted(one.amount for one in listed.data)


@pytest.mark.quick
def test_a_part_is_refunded_and_the_remainder_stays(world: World) -> None:
    paid = paid_deposit(world)
    ask(world, paid, 500)
    world.settle()
    after = now(world, paid)
    assert (made(world, paid), after.refunded_cents, after.status) == ([500], 500, "succeeded")
    assert world.broken_promises() == []


@pytest.fixture
def paid(world: World) -> Built:
    return paid_deposit(world)


def now(world: World, paid: Built) -> Built:
    (row,) = world.rows("SELECT * FROM payments WHERE id = :id", id=paid.id)
    return row


def test_parts_that_add_up_to_the_whole_refund_the_payment(world: World, paid: Built) -> None:
    for part in (500, paid.amount_cents - 500):
        ask(world, paid, part)
        world.settle()
    assert (now(world, paid).status, now(world, paid).refunded_cents) == ("refunded", paid.amount_cents)
    assert world.broken_promises() == []


def test_a_form_that_is_sent_twice_refunds_once(world: World, paid: Built) -> None:
    same = uuid4()
    for _ in range(2):
        ask(world, paid, 500, id=same)
    world.settle()
    assert made(world, paid) == [500]


@pytest.mark.quick
def test_more_than_what_is_left_is_refused(world: World, paid: Built) -> None:
    ask(world, paid, 500)
    with pytest.raises(RefundRefusedError):
        ask(world, paid, paid.amount_cents - 499)
    world.settle()
    assert made(world, paid) == [500]


@pytest.mark.quick
def test_of_two_people_at_once_only_as_many_succeed_as_the_money_allows(world: World, paid: Built) -> None:
    start, results = threading.Barrier(6), []

    def try_it() -> None:
        start.wait()
        try:
            ask(world, paid, paid.amount_cents // 2)
            results.append("asked")
        except RefundRefusedError:
            results.append("refused")

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.settle()
    assert sorted(results) == ["asked"] * 2 + ["refused"] * 4
    assert sum(made(world, paid)) == paid.amount_cents
    assert world.broken_promises() == []


def test_a_worker_killed_after_stripe_answered_refunds_once(world: World, paid: Built) -> None:
    ask(world, paid, 500)
    (task,) = world.rows("SELECT id, name, args FROM pending_tasks WHERE name = 'send_refund' AND settled_at IS NULL")
    with cut_short_when(world, "after a provider has answered"):
        world.run(pending_tasks.UnpublishedRow(task.id, task.name, task.args))
    world.clock.pass_(timedelta(hours=25))
    world.outside.forget_keys()
    world.settle()
    assert made(world, paid) == [500]
    assert now(world, paid).refunded_cents == 500
    assert world.broken_promises() == []


def test_a_refund_that_the_bank_rejects_asks_a_human_and_can_be_tried_again(world: World, paid: Built) -> None:
    world.outside.fault("stripe refunds.create", "refund_failed")
    ask(world, paid, 500)
    world.settle()
    (row,) = world.rows("SELECT status FROM refunds")
    assert row.status == "failed"
    assert (now(world, paid).refunded_cents, now(world, paid).status) == (0, "succeeded")
    alerts = world.rows("SELECT appointment_id FROM notifications WHERE kind = 'needs_human'")
    assert {row.appointment_id for row in alerts} == {paid.appointment_id}


@pytest.mark.parametrize("failure_first", [False, True])
@pytest.mark.parametrize("made_by", ["staff", "Stripe's dashboard"])
def test_a_refund_that_the_bank_rejects_later_leaves_the_deposit_paid(
    world: World, paid: Built, made_by: str, failure_first: bool
) -> None:
    """Stripe accepts the refund, and the event about its failure arrives before or after the one about its start."""
    world.outside.fault("stripe refunds.create", "refund_failed")
    if made_by == "Stripe's dashboard":
        params = {"payment_intent": paid.stripe_payment_intent_id}
        world.dependencies.stripe._v1.refunds.create(params=params)
    else:
        ask(world, paid, paid.amount_cents)
        (task,) = world.claimable()
        world.run(task)
    webhooks = world.outside.waiting()
    assert len(webhooks) > 1
    for webhook in reversed(webhooks) if failure_first else webhooks:
        world.outside.carry_or_give_up(webhook)
        world.work_off()
    world.settle()
    after = now(world, paid)
    assert (after.status, after.refunded_cents, after.refunded_at) == ("succeeded", 0, None)
    assert "rejected" in after.needs_human
    assert world.rows("SELECT status FROM refunds") == [("failed",)]
    assert world.broken_promises() == []

    ask(world, paid, paid.amount_cents)
    world.settle()
    assert (now(world, paid).status, now(world, paid).refunded_cents) == ("refunded", paid.amount_cents)
    assert world.broken_promises() == []


def test_a_refund_made_at_stripe_is_recorded(world: World, paid: Built) -> None:
    params = {"payment_intent": paid.stripe_payment_intent_id, "amount": 700}
    world.dependencies.stripe._v1.refunds.create(params=params)
    world.carry()
    world.settle()
    assert (now(world, paid).refunded_cents, now(world, paid).status) == (700, "succeeded")
    (row,) = world.rows("SELECT amount_cents, requested_by FROM refunds")
    assert (row.amount_cents, row.requested_by) == (700, "stripe")


def test_a_deposit_taken_elsewhere_is_refused_with_the_way_out(world: World, paid: Built) -> None:
    world.rows("UPDATE payments SET stripe_payment_intent_id = NULL WHERE id = :id", id=paid.id)
    ask(world, paid, 500)
    world.settle()
    assert "Refund it where it was paid" in world.one("SELECT failure FROM refunds")
    (alert,) = world.rows("SELECT appointment_id FROM notifications WHERE kind = 'needs_human'")
    assert alert.appointment_id == paid.appointment_id


def test_two_refunds_that_succeed_at_once_are_both_counted(world: World, paid: Built) -> None:
    wanted = [uuid4(), uuid4()]
    for id in wanted:
        ask(world, paid, 500, id=id)
    first = world.session()
    with first as session:
        assert refunds.succeed(session, wanted[0], "re_1")
        second = threading.Thread(target=succeed_second, args=(world, wanted[1]))
        second.start()
        wait_for(lambda: waits_for_a_lock(world), "the second one to wait")
    second.join()
    assert now(world, paid).refunded_cents == 1000


def succeed_second(world: World, refund_id: UUID) -> None:
    with world.session() as session:
        assert refunds.succeed(session, refund_id, "re_2")


def waits_for_a_lock(world: World) -> bool:
    return bool(world.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
