"""If a worker is killed at any step of a task, the result after the sweeps is the same as without the kill."""

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

from db.tasks.pending_tasks import UnpublishedRow
from outbox.queues import LEASE
from tests.builders import Built
from tests.effort import long_except
from tests.faults.calendar_situations import SITUATIONS_OF_CALENDARS
from tests.faults.situations import CLOCKS, SITUATIONS, TRIED_ELSEWHERE, RecoveryScene, fault
from tests.waiting import PATIENCE_SECONDS, wait_for
from tests.world import World
from worker.app import app
from worker.task_run import BODIES, PARK_AFTER

ROOT = Path(__file__).parents[2]
SIGKILL = 9


MAIN = dict(reversed(SITUATIONS))
"""The first situation of each task."""

MAIN_OF_THE_CLOCK = dict(reversed(CLOCKS))

PROVIDER_MAY_KNOW = {"while a provider is asked", "after a provider has answered"}

Seen = list[tuple[str, str]]
"""The steps of a task in order, with the state that a kill would leave at each."""


@pytest.mark.quick
@pytest.mark.parametrize("task", long_except(MAIN, "create_slot_opening"))
def test_a_worker_killed_at_any_step_changes_nothing(world: World, doomed: Doomed, task: str) -> None:
    """Steps at which a kill leaves the same state are tested once. `make chaos` kills at each step."""
    seen = check_killed_everywhere(world, doomed, task, MAIN[task], where_something_new_is_left)
    assert outside_redis(seen) >= FEWEST_STEPS[task]


@pytest.mark.long
@pytest.mark.parametrize("task", MAIN_OF_THE_CLOCK)
def test_the_clock_killed_at_any_step_changes_nothing(world: World, doomed: Doomed, task: str) -> None:
    seen = check_clock_killed_everywhere(world, doomed, task, MAIN_OF_THE_CLOCK[task], where_something_new_is_left)
    assert outside_redis(seen) >= FEWEST_STEPS[task]


@pytest.mark.chaos
@pytest.mark.parametrize(("task", "situation"), SITUATIONS, ids=lambda word: word.replace(" ", "-"))
def test_a_worker_killed_at_each_single_step_changes_nothing(
    world: World, doomed: Doomed, task: str, situation: str
) -> None:
    check_killed_everywhere(world, doomed, task, situation, lambda seen: list(range(len(seen))))


@pytest.mark.chaos
@pytest.mark.parametrize(("task", "situation"), CLOCKS, ids=lambda word: word.replace(" ", "-"))
def test_the_clock_killed_at_each_single_step_changes_nothing(
    world: World, doomed: Doomed, task: str, situation: str
) -> None:
    check_clock_killed_everywhere(world, doomed, task, situation, lambda seen: list(range(len(seen))))


def test_a_task_that_kills_its_worker_every_time_is_parked_and_the_others_continue(
    world: World, doomed: Doomed
) -> None:
    poisoned, other = RecoveryScene.set(world), RecoveryScene.set(world)
    task = poisoned.next("create_slot_opening")
    for _ in range(PARK_AFTER):
        doomed.run(world, task, kill_at=5)
        world.clock.pass_(LEASE)
    world.work()
    assert world.one("SELECT parked_at IS NOT NULL FROM pending_tasks WHERE id = :id", id=task.id)
    assert world.one("SELECT count(*) FROM notifications WHERE shop_id = :id", id=poisoned.shop.id) == 1
    assert world.offers(world.slot_of(other.appointment)) == {"Ana": "sent"}


@pytest.mark.quick
def test_every_task_has_a_situation_in_which_it_is_killed() -> None:
    app.loader.import_default_modules()
    killed = {task for task, _ in SITUATIONS | CLOCKS}
    in_calendars = {one.task for one in SITUATIONS_OF_CALENDARS}
    assert killed | in_calendars | set(TRIED_ELSEWHERE) == set(BODIES)
    assert killed == set(FEWEST_STEPS)


FEWEST_STEPS = {
    "update_email_status": 16,
    "create_slot_opening": 11,
    "free_old_time": 11,
    "forget_customer": 17,
    "merge_customers": 35,
    "send_refund": 19,
    "send_next_offer": 17,
    "send_message": 16,
    "update_message_status": 8,
    "accept_offer": 18,
    "decline_offer": 17,
    "opt_out": 18,
    "opt_in": 12,
    "ask_back": 20,
    "create_payment": 23,
    "cancel_payment": 19,
    "handle_payment_success": 25,
    "handle_payment_failure": 20,
    "handle_payment_change": 15,
    "refund_payment": 17,
    "cancel_appointment": 19,
    "look_up_payment": 25,
    "look_up_message": 23,
    "answer_canary": 5,
    "send_sign_in_code": 8,
    "send_invitation": 8,
    "leave_waitlist": 17,
    "send_join_code": 8,
    "confirm_joining": 10,
    "send_test_offer": 9,
    "send_by_day": 15,
    "alert_staff": 8,
    "step_in": 13,
    "choose_customer": 11,
    "tick": 19,
    "expire_offers": 28,
    "reconcile_inbound_texts": 20,
    "reconcile_stripe_events": 12,
    "reconcile_open_intents": 7,
    "reconcile_unknown_texts": 7,
    "reconcile_refunds": 5,
    "check_invariants": 16,
    "maintain_partitions": 10,
}
"""The steps of each task in its first situation, except those in Redis; fewer would mean unobserved steps."""


def outside_redis(seen: Seen) -> int:
    return sum("Redis" not in step for step, _ in seen)


def where_something_new_is_left(seen: Seen) -> list[int]:
    """Returns the steps at which workers are killed.

    These are the first step, each step that changes the state, and each step at which a provider may know the
    request.
    """
    before = ["", *(left for _, left in seen)]
    return [
        number
        for number, (step, left) in enumerate(seen)
        if left != before[number] or number == 0 or step in PROVIDER_MAY_KNOW
    ]


def check_killed_everywhere(
    world: World, doomed: Doomed, task: str, situation: str, where: Callable[[Seen], list[int]]
) -> Seen:
    """Creates the situation in one shop for each step and kills the shop's worker at that step.

    Then lets the system finish and compares the results.
    """
    play = SITUATIONS[task, situation]
    undisturbed = play(world)
    seen = doomed.look(world, undisturbed.next(task))
    killed: dict[int, RecoveryScene] = {}
    for number in where(seen):
        killed[number] = play(world)
        assert len(doomed.run(world, killed[number].next(task), kill_at=number)) == number + 1
    silenced = [with_a_silent_carrier(play(world))] if task == "send_message" else []
    world.clock.pass_(LEASE)
    world.banks_decide("succeed")
    world.settle()
    assert world.broken_promises() == []
    safe = [outcome_of(scene) for scene in (undisturbed, *silenced)]
    strange = {number: outcome_of(scene) for number, scene in killed.items() if outcome_of(scene) not in safe}
    assert not strange, {seen[number][0]: outcome for number, outcome in strange.items()}
    print(f"{len(seen)} steps, {len(killed)} kills: {task}, {situation}")
    return seen


def check_clock_killed_everywhere(
    world: World, doomed: Doomed, task: str, situation: str, where: Callable[[Seen], list[int]]
) -> Seen:
    """Like `check_killed_everywhere`, but for a task that beat sends. The world is reset for each step."""
    seen: Seen = []

    def outcome_when(kill_at: int | None) -> dict[str, Any]:
        world.begin_anew()
        scene = CLOCKS[task, situation](world)
        clock = UnpublishedRow(None, task, [])
        if kill_at is None:
            seen.extend(doomed.look(world, clock))
        else:
            doomed.run(world, clock, kill_at=kill_at)
        # Beat sends the task again before other work is due.
        world.clock.pass_(timedelta(minutes=2))
        world.beat(task)
        world.settle()
        assert world.broken_promises() == []
        return outcome_of(scene)

    undisturbed = outcome_when(None)
    killed = where(seen)
    for number in killed:
        assert outcome_when(number) == undisturbed, seen[number]
    print(f"{len(seen)} steps, {len(killed)} kills: {task}, {situation}")
    return seen


def with_a_silent_carrier(scene: RecoveryScene) -> RecoveryScene:
    """Returns a scene with another safe result: a text with an unknown outcome is not sent again.

    This is the result if the carrier never responds.
    """
    fault(scene, "twilio messages.create", "timeout_before")
    scene.world.run(scene.next("send_message"))
    return scene


def outcome_of(scene: RecoveryScene) -> dict[str, Any]:
    """Returns the state that the shop, the customers, the carrier and Stripe can see."""
    world, shop = scene.world, scene.shop.id
    return {
        "slots": world.rows(
            "SELECT status, closed_as, ends_at - starts_at FROM slot_openings WHERE shop_id = :id ORDER BY starts_at",
            id=shop,
        ),
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
        "notifications": sorted(world.rows("SELECT kind FROM notifications WHERE shop_id = :id", id=shop)),
    }


def by_name(world: World, table: str, columns: str, shop: Any) -> list[Built]:
    return world.rows(
        f"SELECT c.name, {columns} FROM {table} x JOIN customers c ON c.id = x.customer_id WHERE x.shop_id = :id",
        id=shop,
    )


@dataclass
class Doomed:
    """Runs each task in a worker process that can be killed."""

    process: subprocess.Popen[str]

    def run(self, world: World, task: Any, *, kill_at: int | None) -> list[str]:
        """Runs the task and returns its steps. The worker is killed at step `kill_at`, unless `kill_at` is None.

        Returns when Postgres has terminated the worker's sessions, which hold locks. This can take a while.
        """
        before = _sessions(world)
        answer = self._make(world, task, kill_at=kill_at)
        wait_for(lambda: _sessions(world) <= before, "the worker's sessions to end")
        assert answer["signal"] == (0 if kill_at is None else SIGKILL), answer
        steps: list[str] = answer["steps"]
        return steps

    def look(self, world: World, task: Any) -> list[tuple[str, str]]:
        """Returns the steps of a worker that is not killed, and the state that a kill would leave at each step."""
        seen: list[tuple[str, str]] = []
        self._make(world, task, halt=lambda step: seen.append((step, world.sight())))
        return seen

    def _make(
        self, world: World, task: Any, *, kill_at: int | None = None, halt: Callable[[str], None] | None = None
    ) -> dict[str, Any]:
        row, clock = task.id and str(task.id), world.clock.by.total_seconds()
        order = {"task": task.name, "row": row, "kill_at": kill_at, "halting": halt is not None, "clock": clock}
        self._say(json.dumps(order))
        while "step" in (answer := self._hear()):
            assert halt
            halt(answer["step"])
            self._say("go on")
        return answer

    def _say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout
        report: dict[str, Any] = json.loads(self.process.stdout.readline())
        return report


def _sessions(world: World) -> set[int]:
    """Returns the process ids of the sessions in Postgres."""
    return {
        row.pid
        for row in world.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL"
        )
    }


@pytest.fixture(scope="module")
def doomed(whole_world: World) -> Iterator[Doomed]:
    """Starts the process that forks the workers, in the environment of the world."""
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
    process.wait(timeout=PATIENCE_SECONDS)
    process.stdout.close()
