"""Settled tasks are stored in one table per day. The tables are dropped after the retention period."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db import migrating
from db.sessions import sessions
from db.tasks import pending_tasks, settled_tasks
from outbox.transactions import Transactions
from tests.builders import a_shop, insert
from tests.servers import Clock, Databases, engine_on, patient
from tests.world import World
from worker.task_run import BODIES, TaskRun

PLACE = text("SELECT tableoid::regclass::text FROM pending_tasks WHERE id = :id")
DAYS = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'pending_tasks'::regclass ORDER BY 1")
INDEXES = text("SELECT indexdef FROM pg_indexes WHERE tablename = :table")


def settled(session: Session, **more: object) -> UUID:
    """The id of a task that a worker has run."""
    row = pending_tasks.add(session, "send_message", UUID(int=7), **more)  # type: ignore[arg-type]
    pending_tasks.claim(session, row, lease=timedelta(minutes=1))
    pending_tasks.settle(session, row, {"outcome": "sent"})
    session.commit()
    return row


def maintain(world: World, engine: Engine, **retention: int) -> str:
    """Runs the task on a database other than the world's database; returns the reason in the task's outcome."""
    transactions = Transactions(sessions(engine), world.dependencies.transactions.publisher)
    settings = world.dependencies.settings
    settings = replace(settings, retention=settings.retention.model_copy(update=retention))
    dependencies = replace(world.dependencies, engine=engine, transactions=transactions, settings=settings)
    return str(BODIES["maintain_partitions"](TaskRun(None, dependencies))["reason"])


def place(session: Session, id: UUID) -> str | None:
    found: str | None = session.execute(PLACE, {"id": id}).scalar_one_or_none()
    session.commit()
    return found


def days(session: Session) -> list[str]:
    found = list(session.execute(DAYS).scalars())
    session.commit()
    return found


def test_a_task_moves_when_it_is_settled_and_keeps_all_its_values(opened: Session) -> None:
    shop = a_shop(opened)
    webhook = insert(opened, "webhook_events", provider="twilio", event_id="SM1", type="inbound")
    more = {"key": "once", "shop_id": shop.id, "webhook_event_id": webhook.id}
    row = pending_tasks.add(opened, "send_message", UUID(int=7), **more)
    assert row is not None
    pending_tasks.claim(opened, row, lease=timedelta(minutes=1))
    by_name = text("SELECT to_jsonb(t) FROM pending_tasks t WHERE id = :id")
    before = opened.execute(by_name, {"id": row}).scalar_one()
    opened.commit()
    assert place(opened, row) == "pending_tasks"

    pending_tasks.settle(opened, row, {"outcome": "sent"})
    opened.commit()

    after = opened.execute(by_name, {"id": row}).scalar_one()
    assert after["settled_at"] is not None
    new = {"outcome": {"outcome": "sent"}, "settled_at": after["settled_at"], "lease_until": None}
    assert after == before | new
    assert place(opened, row) == "settled_tasks"
    assert opened.execute(text("SELECT count(*) FROM ONLY pending_tasks")).scalar_one() == 0
    assert pending_tasks.add(opened, "send_message", UUID(int=7), **more) is not None


def test_a_new_table_follows_each_day(world: World, own_engine: Engine, own_clock: Clock, opened: Session) -> None:
    first = settled(opened)
    of_the_first = sorted(opened.execute(INDEXES, {"table": "settled_tasks"}).scalars())
    today = f"settled_tasks_until_{own_clock.now():%Y_%m_%d}"
    maintain(world, own_engine)
    second = settled(opened)
    maintain(world, own_engine)
    assert (place(opened, first), place(opened, second)) == (today, "settled_tasks")
    assert days(opened) == ["settled_tasks", today]
    assert pending_tasks.outcome(opened, first) == pending_tasks.outcome(opened, second) == {"outcome": "sent"}
    of_the_second = opened.execute(INDEXES, {"table": "settled_tasks"}).scalars()
    assert sorted(index.partition(" USING ")[2] for index in of_the_second) == sorted(
        index.partition(" USING ")[2] for index in of_the_first
    )

    tomorrow = own_clock.shift(timedelta(days=1))
    assert not settled_tasks.is_next_day_overdue(opened)
    own_clock.shift(timedelta(days=2))
    assert settled_tasks.is_next_day_overdue(opened)
    own_clock.shift(timedelta(days=-2))
    opened.commit()
    maintain(world, own_engine)
    assert not settled_tasks.is_next_day_overdue(opened)
    assert place(opened, second) == f"settled_tasks_until_{tomorrow:%Y_%m_%d}"


def test_a_day_without_tasks_gets_no_table(
    world: World, own_engine: Engine, own_clock: Clock, opened: Session
) -> None:
    maintain(world, own_engine)
    own_clock.shift(timedelta(days=3))
    maintain(world, own_engine)
    assert days(opened) == ["settled_tasks"]


def test_a_day_is_dropped_after_its_retention_period_and_open_tasks_never(
    world: World, own_engine: Engine, own_clock: Clock, opened: Session
) -> None:
    waiting = pending_tasks.add(opened, "send_message", UUID(int=8))
    old = settled(opened)
    midnight = own_clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    maintain(world, own_engine)
    dropped = f"settled_tasks_until_{midnight - timedelta(days=1):%Y_%m_%d}"

    own_clock.shift(midnight + timedelta(days=3, hours=-1) - own_clock.now())
    assert maintain(world, own_engine, keep_tasks_days=3).endswith("0 dropped")
    assert place(opened, old) == dropped

    own_clock.shift(timedelta(hours=2))
    assert maintain(world, own_engine, keep_tasks_days=3).endswith("1 dropped")
    assert dropped not in days(opened)
    assert place(opened, old) is None
    assert place(opened, waiting) == "pending_tasks"


def test_tasks_that_the_previous_version_has_settled_are_found_and_deleted_one_by_one(
    world: World, session: Session
) -> None:
    row = pending_tasks.add(session, "tick")
    session.execute(
        text(
            'UPDATE pending_tasks SET settled_at = clock_timestamp(), outcome = \'{"outcome": "x"}\' WHERE id = :id'
        ),
        {"id": row},
    )
    session.commit()
    assert place(session, row) == "pending_tasks"
    assert pending_tasks.outcome(session, row) == {"outcome": "x"}
    world.clock.pass_(timedelta(days=8))
    assert world.perform("cleanup_settled_tasks")["deleted_count"] >= 1
    assert place(session, row) is None


def test_a_task_that_ends_while_a_new_table_follows_is_kept(own_engine: Engine, opened: Session) -> None:
    """Another transaction reads the name of the table before the table is renamed."""
    settled(opened)
    row = pending_tasks.add(opened, "send_message", UUID(int=9))
    opened.commit()
    with sessions(own_engine)() as renaming:
        name = settled_tasks.start_next_day(renaming)
        assert name is not None
        with sessions(own_engine)() as blocked:
            waits = text("SET LOCAL lock_timeout = '100ms'")
            blocked.execute(waits)
            with pytest.raises(Exception, match="lock timeout"):
                pending_tasks.settle(blocked, row, {"outcome": "sent"})
        renaming.commit()
    pending_tasks.settle(opened, row, {"outcome": "sent"})
    opened.commit()
    assert place(opened, row) == "settled_tasks"


@pytest.mark.long
def test_a_database_with_settled_tasks_is_migrated(databases: Databases) -> None:
    url = databases.make()
    migrating.upgrade(url, to="0056")
    with engine_on(patient(url)) as engine, sessions(engine)() as session:
        session.execute(text("INSERT INTO pending_tasks (name, settled_at) VALUES ('old', now()), ('open', NULL)"))
        session.commit()
        migrating.upgrade(url)
        assert days(session) == ["settled_tasks"]
        open_ones = session.execute(text("SELECT name FROM ONLY pending_tasks WHERE settled_at IS NULL")).scalars()
        assert list(open_ones) == ["open"]
    databases.drop(url)
