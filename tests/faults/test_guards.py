"""Each guard is necessary: the damage occurs only without the guard.

Guards in the database are removed from the test's own database; guards in the code are replaced in the test's own
process.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import text

from db.messages import messages
from db.tasks import pending_tasks
from tests import builders
from tests.faults.situations import RecoveryScene
from tests.faults.steps import watched
from tests.waiting import wait_for
from tests.world import World
from worker.payments import create_intent

BLOCKED = """
SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0)
"""

ASKS, BOOKS = "before a statement: INSERT INTO slot_offers", "before a statement: INSERT INTO appointments"


@pytest.mark.parametrize("guarded", [True, False])
def test_the_exclusion_constraint_keeps_staff_and_a_yes_from_booking_the_same_time(
    world: World, guarded: bool
) -> None:
    scene = RecoveryScene.set(world).asked().says("YES")
    task = scene.next("accept_offer")
    with (
        without_constraint(world, "appointments", "no_double_booking_of_a_performer", really=not guarded),
        meanwhile(world, BOOKS, lambda: world.book_by_hand(scene.shop, scene.appointment)),
    ):
        world.run(task)
        assert broken(world, "I1") is not guarded
        world.begin_anew()


@pytest.mark.parametrize("guarded", [True, False])
def test_the_unique_index_keeps_two_slots_from_asking_the_same_customer_at_once(world: World, guarded: bool) -> None:
    shop = world.shop()
    world.customer(shop, "Ana")
    zoe = world.customer(shop, "Zoe", sms_opt_in=False)
    for number in range(2):
        world.cancel(world.booked(zoe, hours=30 + 2 * number).id)
    for task in world.claimable():
        world.run(task)
    first, second = world.claimable()
    with (
        without_index(world, "slot_offers_one_live_per_customer_key", really=not guarded),
        meanwhile(world, ASKS, lambda: world.run(second)),
    ):
        world.run(first)
        assert broken(world, "I2") is not guarded
        world.begin_anew()


@pytest.mark.quick
@pytest.mark.parametrize("guarded", [True, False])
def test_the_exclusion_constraint_keeps_two_customers_from_booking_at_once(world: World, guarded: bool) -> None:
    """Two overlapping slots are offered to two customers."""
    shop = world.shop()
    ana, ben = world.customer(shop, "Ana"), world.customer(shop, "Ben")
    with world.session() as session:
        for customer, starts_at in ((ana, builders.in_(hours=24)), (ben, builders.in_(hours=24, minutes=30))):
            builders.an_offer(session, builders.a_slot(session, shop, starts_at=starts_at), customer)
    for customer in (ana, ben):
        world.says(customer, shop, "YES")
    world.carry()
    first, second = world.claimable()
    with (
        without_constraint(world, "appointments", "no_double_booking_of_a_performer", really=not guarded),
        meanwhile(world, BOOKS, lambda: world.run(second)),
    ):
        world.run(first)
        assert broken(world, "I1") is not guarded
        assert world.one("SELECT count(*) FROM appointments") == (1 if guarded else 2)
        world.begin_anew()


@pytest.mark.parametrize("guarded", [True, False])
def test_the_expected_state_in_the_claim_keeps_a_text_from_being_sent_twice(world: World, guarded: bool) -> None:
    """Two tasks exist for the same message, as happens when a worker's lease expires while the worker is still
    running.
    """
    scene = RecoveryScene.set(world)
    task = scene.next("send_message")
    world.later("send_message", *task.args, shop_id=scene.shop.id)
    unguarded = text(str(messages.CLAIM).replace("AND m.status = 'queued'", "AND m.status IN ('queued', 'sending')"))
    with patch.object(messages, "CLAIM", messages.CLAIM if guarded else unguarded):
        first, second = (task for task in world.claimable() if task.name == "send_message")
        with meanwhile(world, "while a provider is asked", lambda: world.run(second)):
            world.run(first)
    assert broken(world, "I3") is not guarded
    assert len(world.texts(scene.ana)) == (1 if guarded else 2)


@pytest.mark.quick
@pytest.mark.parametrize("guarded", [True, False])
def test_the_lease_keeps_two_workers_from_doing_the_same_task_at_once(world: World, guarded: bool) -> None:
    """The Celery message was delivered twice.

    The idempotency key prevents a second payment, but Stripe would be called twice.
    """
    scene = RecoveryScene.set(world).asked().says("YES")
    task = scene.next("create_payment")
    lease = "AND (lease_until IS NULL OR lease_until <= (SELECT clock_timestamp()))"
    unguarded = text(str(pending_tasks.CLAIM).replace(lease, ""))
    with (
        patch.object(pending_tasks, "CLAIM", pending_tasks.CLAIM if guarded else unguarded),
        meanwhile(world, "while a provider is asked", lambda: world.run(task)),
    ):
        world.run(task)
    asked = world.outside.ledger(kind="request", method="POST", path="/v1/payment_intents")
    assert len(asked) == (1 if guarded else 2)


@pytest.mark.parametrize("guarded", [True, False])
def test_the_idempotency_key_keeps_a_deposit_from_being_asked_for_twice(world: World, guarded: bool) -> None:
    scene = RecoveryScene.set(world).asked().says("YES")
    task = scene.next("create_payment")
    world.outside.fault("stripe payment_intents.create", "timeout_after")
    ordered = create_intent.order_for

    def careless(payment: create_intent.FoundPayment) -> create_intent.IntentOrder:
        return replace(ordered(payment), idempotency_key=str(uuid.uuid4()))

    with patch.object(create_intent, "order_for", ordered if guarded else careless):
        world.run(task)
        world.clock.pass_(timedelta(seconds=10))
        world.work()
    assert len(world.outside.intents()) == (1 if guarded else 2)
    assert broken(world, "I4") is not guarded


@pytest.mark.parametrize("guarded", [True, False])
def test_the_opt_out_check_in_the_claim_keeps_a_text_from_leaving_after_a_stop(world: World, guarded: bool) -> None:
    """STOP is committed after the text is written and before it is sent.

    The carrier itself does not block the text.
    """
    scene = RecoveryScene.set(world)
    task = scene.next("send_message")
    scene.says("STOP")
    world.outside.forget_opt_outs()
    world.run(scene.next("opt_out"))
    unguarded = text(str(messages.CLAIM).replace("judged.unwanted", "false").replace("judged.pointless", "false"))
    with patch.object(messages, "CLAIM", messages.CLAIM if guarded else unguarded):
        world.run(task)
    assert broken(world, "I7") is not guarded


def broken(world: World, name: str) -> bool:
    return any(violation.name == name for violation in world.broken_promises())


@contextmanager
def meanwhile(world: World, step: str, other: Callable[[], object]) -> Iterator[None]:
    """Runs `other` in a thread when the `with` block reaches `step`.

    If `other` waits for a lock that the transaction in the `with` block holds, `other` finishes after the `with`
    block has ended.
    """
    here, threads = threading.get_ident(), []

    def look(name: str) -> None:
        if threading.get_ident() == here and name.startswith(step) and not threads:
            threads.append(threading.Thread(target=other))
            threads[0].start()
            wait_for(lambda: not threads[0].is_alive() or world.one(BLOCKED), "the other to end or to be blocked")

    with watched(world.dependencies.engine, world.dependencies.transactions.sessions, look):
        yield
    assert threads, f"it never came to {step!r}"
    threads[0].join()


@contextmanager
def without_constraint(world: World, table: str, name: str, *, really: bool) -> Iterator[None]:
    statement = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"
    definition = world.one(statement, name=name)
    if really:
        world.rows(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        if really:
            world.begin_anew()
            world.rows(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


@contextmanager
def without_index(world: World, name: str, *, really: bool) -> Iterator[None]:
    definition = world.one("SELECT indexdef FROM pg_indexes WHERE indexname = :name", name=name)
    if really:
        world.rows(f"DROP INDEX {name}")
    try:
        yield
    finally:
        if really:
            world.begin_anew()
            world.rows(definition)
