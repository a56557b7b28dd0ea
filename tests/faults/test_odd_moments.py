"""Missing responses, rejections and changes at the worst possible moments."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from outbox.celery_client import client
from outbox.queues import LEASE
from outbox.transactions import Publisher
from settings.redis import RedisSettings
from tests.effort import long_except
from tests.faults.crashes import cut_short_when
from tests.faults.situations import RecoveryScene
from tests.world import World
from worker import dependencies
from worker.gates.gate_connection import Gates

NOBODY_THERE = "redis://127.0.0.1:1/0"


def test_a_text_whose_worker_died_and_whose_callbacks_are_lost_is_found_and_not_sent_again(world: World) -> None:
    scene = RecoveryScene.set(world)
    task = scene.next("send_message")
    world.outside.fault("twilio webhook.status", "dropped", times=None)
    with cut_short_when(world, "after a provider has answered"):
        world.run(task)
    world.clock.pass_(LEASE)
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}
    assert len(world.texts(scene.ana)) == 1
    sid = "SELECT provider_id IS NOT NULL FROM messages WHERE customer_id = :id AND purpose = 'offer'"
    assert world.one(sid, id=scene.ana.id)


def test_the_window_of_a_text_whose_worker_died_after_its_callbacks_starts_with_the_next_try(world: World) -> None:
    scene = RecoveryScene.set(world)
    task = scene.next("send_message")
    with cut_short_when(world, "after a provider has answered"):
        world.run(task)
    world.carry()
    assert world.waiting(scene.shop, "update_message_status") is None
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "pending"}
    world.clock.pass_(LEASE)
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}
    assert len(world.texts(scene.ana)) == 1


def test_a_text_reported_during_a_call_without_an_answer_was_sent(world: World) -> None:
    scene = RecoveryScene.set(world)
    task = scene.next("send_message")
    with _reported_before(world, "timeout_after"):
        world.run(task)
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}
    assert len(world.texts(scene.ana)) == 1


def test_a_text_that_was_only_reported_as_sent_during_such_a_call_was_sent(world: World) -> None:
    """Some carriers never report the delivery, and the carrier's list of texts may be out of date."""
    scene = RecoveryScene.set(world)
    task = scene.next("send_message")
    with _reported_before(world, "timeout_after", statuses=["sent"]):
        world.run(task)
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}


@contextmanager
def _reported_before(world: World, fault: str, *, statuses: Container[str] = ("sent", "delivered")) -> Iterator[None]:
    """The carrier's response is lost. The callbacks arrive while the worker is still waiting for the response."""
    world.outside.fault("twilio messages.create", fault)
    twilio = world.dependencies.twilio
    send = type(twilio).send

    def send_and_report(*args: object, **more: object) -> object:
        answer = send(*args, **more)  # type: ignore[arg-type]
        for webhook in world.outside.carried_now():
            if json.loads(webhook["payload"])["MessageStatus"] in statuses:
                world.outside.carry(webhook)
        return answer

    object.__setattr__(twilio, "send", send_and_report.__get__(twilio))
    try:
        yield
    finally:
        object.__delattr__(twilio, "send")


@pytest.mark.parametrize(
    "fault", long_except(["rate_limited", "server_error", "timeout_after", "timeout_before"], "timeout_after")
)
@pytest.mark.parametrize("operation", ["create", "cancel"])
def test_for_any_first_answer_of_stripe_one_intent_is_made_and_cancelled_before_the_next_offer(
    world: World, operation: str, fault: str
) -> None:
    scene = RecoveryScene.set(world).asked()
    world.outside.fault(f"stripe payment_intents.{operation}", fault, times=2)
    scene.says("YES")
    world.settle()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "declined", "Ben": "expired"}
    assert len(world.outside.intents()) == 1
    assert world.broken_promises() == []


@pytest.mark.quick
def test_an_offer_that_ended_before_its_text_left_is_not_sent(world: World) -> None:
    scene = RecoveryScene.set(world)
    text = scene.next("send_message")
    scene.step_in("ask_next")
    world.run(scene.next("step_in"))
    world.run(text)
    assert world.texts(scene.ana) == []
    world.work()
    assert len(world.texts(scene.ben)) == 1


def test_a_number_that_changes_between_offer_and_answer_is_the_one_that_answers(world: World) -> None:
    """The former number may belong to another person in the meantime."""
    scene = RecoveryScene.set(world).asked()
    world.rows("UPDATE customers SET phone = '+15557654321' WHERE id = :id", id=scene.ana.id)
    scene.says("YES")
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}
    (scene.ana,) = world.rows("SELECT * FROM customers WHERE id = :id", id=scene.ana.id)
    scene.says("YES")
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}


def test_a_yes_to_nothing_gets_one_polite_answer_an_hour(world: World) -> None:
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    for _ in range(3):
        world.says(ana, shop, "YES")
        world.work()
    assert len(world.texts(ana)) == 1
    world.clock.pass_(timedelta(minutes=61))
    world.says(ana, shop, "YES")
    world.work()
    assert len(world.texts(ana)) == 2


def test_one_tick_handles_an_hour_without_beat(world: World) -> None:
    offered, held = RecoveryScene.set(world).asked(), RecoveryScene.set(world).held()
    world.clock.pass_(timedelta(hours=1))
    world.beat("tick")
    world.work()
    assert world.offers(world.slot_of(offered.appointment)) == {"Ana": "expired", "Ben": "sent"}
    assert world.offers(world.slot_of(held.appointment)) == {"Ana": "declined", "Ben": "sent"}


@pytest.mark.quick
def test_without_redis_a_recovery_continues_and_the_cooldown_holds(world: World) -> None:
    with without_redis(world):
        scene = RecoveryScene.set(world, cooldown_hours=24).recovered()
        other = world.booked(world.customer(scene.shop, "Yan", sms_opt_in=False), hours=50)
        world.cancel(other.id)
        world.work()
        assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
        assert world.offers(world.slot_of(other)) == {"Ben": "sent"}
    world.settle()
    assert world.broken_promises() == []


def test_a_tick_without_a_broker_loses_nothing(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    world.clock.pass_(timedelta(minutes=16))
    with without_redis(world):
        world.beat("tick")
    world.work()
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "expired", "Ben": "sent"}


@contextmanager
def without_redis(world: World) -> Iterator[None]:
    """Makes Redis unavailable to the worker's gates and publisher."""
    nowhere = RedisSettings(redis_url=NOBODY_THERE)
    with client(nowhere) as celery:
        deaf = replace(world.dependencies.transactions, publisher=Publisher(celery))
        dependencies.use(replace(world.dependencies, transactions=deaf, gates=Gates.at(nowhere)))
        try:
            yield
        finally:
            dependencies.use(world.dependencies)
