"""A task that kills its workers or always fails is parked for an operator, and other tasks continue."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from cli.local.servers.free_ports import free_port
from db.engine import engine
from db.sessions import sessions
from db.tasks import pending_tasks
from outbox.queues import LEASE
from outbox.transactions import NoPublisher, Transactions
from tests.world import World
from worker.dependencies import Dependencies, use
from worker.task_run import PARK_AFTER, Outcome, TaskRun, run_row

pytestmark = pytest.mark.quick

DISK_FULL = text("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$")


def test_a_row_whose_workers_are_all_killed_is_parked_and_reported(world: World) -> None:
    shop = world.shop()
    world.later("create_slot_opening", "not-an-id", shop_id=shop.id)
    (waiting,) = [task for task in world.claimable() if task.args == ["not-an-id"]]
    for _ in range(PARK_AFTER):
        # The task is claimed but not completed, as after a kill.
        with world.session() as session:
            assert pending_tasks.claim(session, waiting.id, lease=LEASE)
        world.clock.pass_(LEASE + timedelta(seconds=1))
    assert world.run(waiting)["outcome"] == "parked"
    assert world.rows("SELECT 1 FROM pending_tasks WHERE id = :id AND parked_at IS NOT NULL", id=waiting.id)
    assert world.one("SELECT kind FROM notifications WHERE shop_id = :id", id=shop.id) == "needs_human"


def test_a_task_that_always_fails_waits_longer_each_time_and_is_finally_parked(world: World) -> None:
    shop = world.shop()
    world.later("create_slot_opening", "nonsense", shop_id=shop.id)
    (waiting,) = [task for task in world.claimable() if task.args == ["nonsense"]]
    outcomes = []
    for _ in range(PARK_AFTER):
        outcomes.append(world.run(waiting)["outcome"])
        world.clock.pass_(timedelta(minutes=6))
    assert outcomes == ["again later"] * (PARK_AFTER - 1) + ["parked"]


def test_a_task_without_postgres_is_left_to_the_next_message(world: World, nowhere: Dependencies) -> None:
    shop = world.shop()
    world.later("create_slot_opening", "later", shop_id=shop.id)
    (waiting,) = [task for task in world.claimable() if task.args == ["later"]]
    use(nowhere)
    assert world.run(waiting)["outcome"] == "not claimed"
    assert world.one("SELECT attempts FROM pending_tasks WHERE id = :id", id=waiting.id) == 0


def test_no_task_is_parked_because_the_postgres_disk_is_full(world: World) -> None:
    world.later("create_slot_opening", "no-space", shop_id=world.shop().id)
    (waiting,) = [task for task in world.claimable() if task.args == ["no-space"]]

    def writes(job: TaskRun, *args: str) -> Outcome:
        with job.transaction() as session:
            session.execute(DISK_FULL)
        return {"outcome": "done"}

    outcomes = []
    for _ in range(PARK_AFTER + 1):
        outcomes.append(run_row(writes, waiting.name, waiting.id)["outcome"])
        world.clock.pass_(timedelta(minutes=2))
    assert outcomes == ["again later"] * (PARK_AFTER + 1)


def test_a_worker_that_fails_after_its_lease_leaves_the_task_to_who_has_it_now(world: World) -> None:
    shop = world.shop()
    world.later("create_slot_opening", "too-slow", shop_id=shop.id)
    (waiting,) = [task for task in world.claimable() if task.args == ["too-slow"]]

    def too_slow(job: TaskRun, *args: str) -> Outcome:
        world.clock.pass_(LEASE + timedelta(seconds=1))
        with world.session() as session:
            assert pending_tasks.claim(session, waiting.id, lease=LEASE)
        raise TimeoutError(*args)

    assert run_row(too_slow, waiting.name, waiting.id)["outcome"] == "taken over"
    statement = "SELECT lease_until IS NOT NULL AND last_error IS NULL FROM pending_tasks WHERE id = :id"
    assert world.one(statement, id=waiting.id)


@pytest.fixture
def nowhere(world: World) -> Iterator[Dependencies]:
    """The dependencies of a worker whose Postgres is down."""
    gone = engine(f"postgresql://nobody@127.0.0.1:{free_port()}/none", application_name="tests")
    yield replace(world.dependencies, engine=gone, transactions=Transactions(sessions(gone), NoPublisher()))
    use(world.dependencies)
