"""A worker is killed at each step of each task, one by one; then the sweeps run, and nobody could tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.pending_tasks import Waiting
from tests.builders import Built
from tests.faults.situations import CLOCKS, SITUATIONS, TRIED_ELSEWHERE, Scene, fault
from tests.faults.world import World
from worker.job import BODIES, LEASE, PARK_AFTER

ROOT = Path(__file__).parents[2]
SIGKILL = 9


LEAVES_SOMETHING = {
    "after the commit",
    "before a provider is asked",
    "while a provider is asked",
    "after a provider has answered",
}

MAIN = dict(reversed(SITUATIONS))
"""The first situation of each task."""


@pytest.mark.parametrize("task", MAIN)
def test_a_worker_killed_between_two_steps_changes_nothing(world: World, doomed: Doomed, task: str) -> None:
    """Wherever something is left behind; what is not committed Postgres forgets. `make chaos` takes every step."""
    killed_everywhere(world, doomed, task, MAIN[task], lambda step: step in LEAVES_SOMETHING)


@pytest.mark.chaos
@pytest.mark.parametrize(("task", "situation"), SITUATIONS, ids=lambda word: word.replace(" ", "-"))
def test_a_worker_killed_at_any_step_changes_nothing(world: World, doomed: Doomed, task: str, situation: str) -> None:
    killed_everywhere(world, doomed, task, situation, lambda step: True)


@pytest.mark.parametrize("task", {task: None for task, _ in CLOCKS})
def test_the_clock_killed_between_two_steps_changes_nothing(world: World, doomed: Doomed, task: str) -> None:
    situation = next(found for name, found in CLOCKS if name == task)
    clock_killed_everywhere(world, doomed, task, situation, lambda step: step in LEAVES_SOMETHING)


@pytest.mark.chaos
@pytest.mark.parametrize(("task", "situation"), CLOCKS, ids=lambda word: word.replace(" ", "-"))
def test_the_clock_killed_at_any_step_changes_nothing(
    world: World, doomed: Doomed, task: str, situation: str
) -> None:
    clock_killed_everywhere(world, doomed, task, situation, lambda step: True)


def test_a_task_that_kills_its_worker_every_time_is_set_aside_and_the_others_go_on(
    world: World, doomed: Doomed
) -> None:
    poisoned, other = Scene.set(world), Scene.set(world)
    task = poisoned.next("create_slot_opening")
    for _ in range(PARK_AFTER):
        doomed.run(world, task, kill_at=5)
        world.clock.pass_(LEASE)
    world.work()
    assert world.one("SELECT parked_at IS NOT NULL FROM pending_tasks WHERE id = :id", id=task.id)
    assert world.one("SELECT count(*) FROM notifications WHERE shop_id = :id", id=poisoned.shop.id) == 1
    assert world.offers(world.slot_of(other.appointment)) == {"Ana": "sent"}


def test_every_task_has_a_situation_in_which_it_is_killed() -> None:
    assert {task for task, _ in SITUATIONS | CLOCKS} | set(TRIED_ELSEWHERE) == set(BODIES)


def killed_everywhere(world: World, doomed: Doomed, task: str, situation: str, counts: Callable[[str], bool]) -> None:
    """Plays the situation in a shop for each step of the task, kills its worker there, then lets everybody work."""
    play = SITUATIONS[task, situation]
    undisturbed = play(world)
    steps = doomed.run(world, undisturbed.next(task), kill_at=None)
    killed: dict[int, Scene] = {}
    for number in (number for number, step in enumerate(steps) if counts(step)):
        killed[number] = play(world)
        assert len(doomed.run(world, killed[number].next(task), kill_at=number)) == number + 1
    assert killed
    silenced = [with_a_silent_carrier(play(world))] if task == "send_message" else []
    world.clock.pass_(LEASE)
    world.banks_decide("succeed")
    world.settle()
    assert world.broken_promises() == []
    safe = [outcome_of(scene) for scene in (undisturbed, *silenced)]
    strange = {number: outcome_of(scene) for number, scene in killed.items() if outcome_of(scene) not in safe}
    assert not strange, {steps[number]: outcome for number, outcome in strange.items()}
    print(f"killed {len(killed)} times: {task}, {situation}")


def clock_killed_everywhere(
    world: World, doomed: Doomed, task: str, situation: str, counts: Callable[[str], bool]
) -> None:
    """The same in a world of its own for each step."""

    def told(kill_at: int | None) -> tuple[dict[str, Any], list[str]]:
        world.begin_anew()
        scene = CLOCKS[task, situation](world)
        steps = doomed.run(world, Waiting(None, task, []), kill_at=kill_at)
        # Beat rings again before anything else is due.
        world.clock.pass_(timedelta(minutes=2))
        world.beat(task)
        world.settle()
        assert world.broken_promises() == []
        return outcome_of(scene), steps

    undisturbed, steps = told(None)
    killed = [number for number, step in enumerate(steps) if counts(step)]
    assert killed
    for number in killed:
        assert told(number)[0] == undisturbed, steps[number]
    print(f"killed {len(killed)} times: {task}, {situation}")


def with_a_silent_carrier(scene: Scene) -> Scene:
    """What is safe too: a text whose outcome nobody knows isn't sent again; it ends as if the carrier never spoke."""
    fault(scene, "twilio messages.create", "timeout_before")
    scene.world.run(scene.next("send_message"))
    return scene


def outcome_of(scene: Scene) -> dict[str, Any]:
    """What can be seen of it from outside: by the shop, the customers, the carrier and the bank."""
    world, shop = scene.world, scene.shop.id
    return {
        "slots": world.rows("SELECT status, closed_as FROM slot_openings WHERE shop_id = :id", id=shop),
        "offers": sorted(by_name(world, "slot_offers", "x.status", shop)),
        "bookings": sorted(by_name(world, "appointments", "x.status", shop)),
        "payments": sorted(
            world.rows(
                "SELECT c.name, p.status, p.needs_human FROM payments p"
                " JOIN appointments a ON a.id = p.appointment_id JOIN customers c ON c.id = a.customer_id"
                " WHERE p.shop_id = :id",
                id=shop,
            )
        ),
        "texts": sorted(by_name(world, "messages", "x.purpose, x.status", shop)),
        "carried": {one.name: len(world.texts(one)) for one in (scene.ana, scene.ben)},
        "told": sorted(world.rows("SELECT kind FROM notifications WHERE shop_id = :id", id=shop)),
    }


def by_name(world: World, table: str, columns: str, shop: Any) -> list[Built]:
    return world.rows(
        f"SELECT c.name, {columns} FROM {table} x JOIN customers c ON c.id = x.customer_id WHERE x.shop_id = :id",
        id=shop,
    )


@dataclass
class Doomed:
    """Makes workers that run one task and die."""

    process: subprocess.Popen[str]

    def run(self, world: World, task: Any, *, kill_at: int | None) -> list[str]:
        """The steps taken. `kill_at`: the step at which the worker is killed; None: it isn't."""
        order = {
            "task": task.name,
            "row": task.id and str(task.id),
            "kill_at": kill_at,
            "clock": world.clock.by.total_seconds(),
        }
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        assert answer["signal"] == (0 if kill_at is None else SIGKILL), answer
        steps: list[str] = answer["steps"]
        return steps


@pytest.fixture(scope="module")
def doomed(whole_world: World) -> Iterator[Doomed]:
    """With the environment of a worker, that the world has set."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.doomed"],
        cwd=ROOT,
        env=os.environ.copy(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    yield Doomed(process)
    assert process.stdin
    process.stdin.close()
    process.wait(timeout=10)
    process.stdout.close()
