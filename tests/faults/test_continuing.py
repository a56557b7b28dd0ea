"""A worker that also consumes the queue of the next task runs that task immediately.

If the worker is killed at any step, the result is the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from celery.events.state import State

from outbox.queues import JOBS, LEASE, OFFERS, REPLIES, SWEEPS, TEXTS
from tests.effort import long_except
from tests.faults.crashes import cut_short, cut_short_when
from tests.faults.situations import RecoveryScene
from tests.faults.steps import watched
from tests.world import World
from worker import continuing

SEARCH, BEFORE_THE_CARRIER = "send_next_offer", "before a provider is asked"


@pytest.mark.quick
@pytest.mark.parametrize("queues", [{OFFERS, TEXTS}, {OFFERS}])
def test_the_text_of_an_offer_is_sent_by_the_worker_that_made_the_offer(world: World, queues: set[str]) -> None:
    scene = RecoveryScene.set(world)
    task = scene.next(SEARCH)
    with _reading(*queues):
        world.run(task)
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "sent"}
    assert len(world.texts(scene.ana)) == 1
    attempts = (
        "SELECT attempts FROM pending_tasks WHERE shop_id = :id AND name = 'send_message' AND settled_at > due_at"
    )
    assert world.one(attempts, id=scene.shop.id) == 1


@pytest.mark.quick
def test_nothing_is_locked_while_the_carrier_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = RecoveryScene.set(world)
    task, twilio, free = scene.next("create_slot_opening"), world.dependencies.twilio, []
    send = type(twilio).send

    def look_and_send(self: object, *args: object, **more: object) -> object:
        free.extend(
            world.rows(f"SELECT id FROM {table} WHERE shop_id = :id FOR UPDATE NOWAIT", id=scene.shop.id)
            for table in ("messages", "slot_offers", "slot_openings", "pending_tasks")
        )
        free.append(not world.redis.keys("slot_lock:*"))
        return send(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(type(twilio), "send", look_and_send)
    with _reading(OFFERS, TEXTS):
        world.run(task)
    assert len(free) == 5
    assert all(free)
    assert len(world.texts(scene.ana)) == 1


def test_a_worker_does_not_run_tasks_of_queues_that_it_does_not_read(world: World) -> None:
    scene = RecoveryScene.set(world)
    task = scene.next(SEARCH)
    with _reading(OFFERS, REPLIES):
        world.run(task)
    assert world.texts(scene.ana) == []
    assert world.waiting(scene.shop, "send_message") is not None


@pytest.mark.quick
def test_nobody_else_takes_the_task_that_a_worker_continues_with(world: World) -> None:
    """As with any task, no other worker can claim this task before its lease has ended."""
    scene = RecoveryScene.set(world)
    task = scene.next(SEARCH)
    with _reading(OFFERS, TEXTS), cut_short_when(world, BEFORE_THE_CARRIER):
        world.run(task)
    assert world.waiting(scene.shop, "send_message") is None
    world.clock.pass_(LEASE)
    assert world.waiting(scene.shop, "send_message") is not None


@pytest.mark.parametrize("first", long_except(range(4), 0))
def test_a_worker_killed_at_any_step_of_what_it_continues_with_changes_nothing(world: World, first: int) -> None:
    """Kills the worker at every fourth step."""
    steps = _steps_of_a_search(world)
    assert len(steps) > 30
    killed = {number: RecoveryScene.set(world) for number in range(first, len(steps), 4)}
    tasks = {number: scene.next(SEARCH) for number, scene in killed.items()}
    reached: dict[int, list[str]] = {}
    with _reading(OFFERS, TEXTS):
        for number, task in tasks.items():
            # A search that must connect to Redis again has more steps than others.
            with cut_short(world, after=number) as reached[number]:
                world.run(task)
    world.clock.pass_(LEASE)
    world.work()
    unclear = {number for number in killed if _claimed_and_not_asked(reached[number])}
    for number, scene in killed.items():
        # The worker first asks the carrier about a text that was claimed but not recorded as sent.
        expected = {"Ana": "pending" if number in unclear else "sent"}
        assert world.offers(world.slot_of(scene.appointment)) == expected, reached[number]
    world.settle()
    assert {number for number, scene in killed.items() if len(world.texts(scene.ana)) != 1} == unclear
    assert world.broken_promises() == []


@pytest.mark.parametrize("queue", [JOBS, SWEEPS])
def test_long_tasks_are_always_published(queue: str) -> None:
    with _reading(queue):
        assert not continuing.leases()


def _claimed_and_not_asked(reached: list[str]) -> bool:
    """Whether the worker was killed after it had claimed the text, but before it called the carrier."""
    claimed = any("Claims a message" in step for step in reached[:-1])
    return (
        claimed and reached[-1] in ("after the commit", BEFORE_THE_CARRIER) and BEFORE_THE_CARRIER not in reached[:-1]
    )


def _steps_of_a_search(world: World) -> list[str]:
    """Returns the steps of a worker that is not killed."""
    task, steps = RecoveryScene.set(world).next(SEARCH), list[str]()
    sessions = world.dependencies.transactions.sessions
    with _reading(OFFERS, TEXTS), watched(world.dependencies.engine, sessions, steps.append):
        world.run(task)
    return steps


@contextmanager
def _reading(*queues: str, consumer: object = None) -> Iterator[None]:
    """Makes this process consume the queues, as a worker does."""
    continuing.read_queues(queues, consumer=consumer)
    try:
        yield
    finally:
        continuing.read_queues([])


def test_flower_shows_a_task_that_a_worker_continues_with(world: World) -> None:
    scene = RecoveryScene.set(world)
    task, shown = scene.next("create_slot_opening"), State()
    with _reading(OFFERS, consumer=SimpleNamespace(event_dispatcher=EventsOf(shown))):
        world.run(task)
    searched, sent = sorted(shown.tasks.values(), key=lambda task: task.name, reverse=True)
    assert [searched.name, sent.name] == [SEARCH, "send_message"]
    assert [searched.state, sent.state] == ["SUCCESS", "SUCCESS"]
    assert searched.args == f"['{world.slot_of(scene.appointment).id}']"
    assert "asked" in searched.result


def test_without_flower_no_events_are_sent(world: World) -> None:
    task, shown = RecoveryScene.set(world).next("create_slot_opening"), State()
    with _reading(OFFERS, consumer=SimpleNamespace(event_dispatcher=EventsOf(shown, enabled=False))):
        world.run(task)
    assert not shown.tasks


@dataclass
class EventsOf:
    """Passes events to Celery's own record of tasks, which Flower uses."""

    shown: State
    enabled: bool = True

    def send(self, type: str, **fields: object) -> None:
        clock, now = self.shown.event_count, time.time()
        about = {"type": type, "hostname": "worker", "timestamp": now, "local_received": now, "clock": clock}
        self.shown.event(about | fields)
