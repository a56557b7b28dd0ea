"""Tables with monthly partitions: the partitions of coming months are created, and expired partitions are dropped."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db import migrating, partitions
from db.sessions import sessions
from db.tasks import pending_tasks
from outbox.transactions import Transactions
from tests.builders import a_shop, insert
from tests.servers import CONNECT_SECONDS, Clock, Databases, engine_on, patient
from tests.world import World
from worker.task_run import BODIES, Outcome, TaskRun

PARTITIONS = """
SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
 WHERE inhparent = CAST(:table AS regclass) ORDER BY 1
"""
TABLES = sorted(partitions.STORAGE)


def month(now: datetime, later: int) -> datetime:
    """Returns the first moment of the month that is `later` months after the month of `now`."""
    number = now.year * 12 + now.month - 1 + later
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def names(session: Session, table: str) -> list[str]:
    return list(session.execute(text(PARTITIONS), {"table": table}).scalars())


def maintain(world: World, engine: Engine, **retention: int) -> Outcome:
    """Runs the task on a database other than the world's database."""
    transactions = Transactions(sessions(engine), world.dependencies.transactions.publisher)
    settings = world.dependencies.settings
    settings = replace(settings, retention=settings.retention.model_copy(update=retention))
    dependencies = replace(world.dependencies, engine=engine, transactions=transactions, settings=settings)
    return BODIES["maintain_partitions"](TaskRun(None, dependencies))


def placed(session: Session, table: str) -> dict[str, str]:
    """Returns the partition of each row, keyed by the row's event, type or status."""
    column = {"audit_logs": "event", "events": "type", "webhook_deliveries": "status"}[table]
    return {
        row[0]: row[1] for row in session.execute(text(f"SELECT {column}, tableoid::regclass::text FROM {table}"))
    }


def test_the_coming_months_have_partitions_after_a_migration(opened: Session, own_clock: Clock) -> None:
    now = own_clock.now()
    former = f"{month(now, 1):%Y_%m}"
    for table in TABLES:
        found = set(names(opened, table))
        assert found - {f"{table}_{former}"} == {
            f"{table}_{part}" for part in ("before", "default", f"{month(now, 2):%Y_%m}")
        }
        assert len(found) == 3 or now.day == 1


@pytest.mark.long
def test_a_later_migration_creates_the_months_that_have_come_closer(own_database: str, opened: Session) -> None:
    now = Clock(own_database).shift(timedelta(days=62))
    migrating.upgrade(own_database)
    assert f"events_{month(now, 2):%Y_%m}" in names(opened, "events")


@pytest.mark.long
def test_rows_of_a_month_without_a_partition_move_into_it(
    world: World, own_engine: Engine, own_clock: Clock, opened: Session
) -> None:
    now = own_clock.now()
    far = month(now, 5) + timedelta(days=3)
    insert(opened, "audit_logs", event="early", created_at=now)
    insert(opened, "audit_logs", event="far", created_at=far)
    opened.commit()
    assert placed(opened, "audit_logs") == {"early": "audit_logs_before", "far": "audit_logs_default"}
    assert partitions.misplaced(opened) == ["audit_logs"]
    opened.commit()
    own_clock.shift(far - now)

    assert maintain(world, own_engine)["outcome"] == "maintained"

    now_placed = placed(opened, "audit_logs")
    assert now_placed | {"early": "audit_logs_before", "far": f"audit_logs_{far:%Y_%m}"} == now_placed
    assert partitions.misplaced(opened) == []


def test_an_expired_month_is_dropped_and_what_is_kept_longer_moves(
    world: World, own_engine: Engine, own_clock: Clock, opened: Session
) -> None:
    at = month(own_clock.now(), 2) + timedelta(days=3)
    for kind, severity in (("OfferSent", "info"), ("NeedsHuman", "critical"), ("PaymentSucceeded", "info")):
        insert(opened, "audit_logs", event=kind, severity=severity, created_at=at)
    opened.commit()
    expired = f"audit_logs_{at:%Y_%m}"
    assert set(placed(opened, "audit_logs").values()) == {expired}
    opened.commit()

    own_clock.shift(month(at, 1) + timedelta(days=364) - own_clock.now())
    maintain(world, own_engine)
    assert expired in names(opened, "audit_logs")
    opened.commit()

    own_clock.shift(timedelta(days=2))
    maintain(world, own_engine)
    assert expired not in names(opened, "audit_logs")
    kept = placed(opened, "audit_logs")
    assert kept.pop("maintain_partitions") == f"audit_logs_{own_clock.now():%Y_%m}"
    assert kept == {"NeedsHuman": "audit_logs_before", "PaymentSucceeded": "audit_logs_before"}


@pytest.mark.long
def test_a_month_that_an_operator_has_detached_is_not_dropped(
    world: World, own_engine: Engine, own_clock: Clock, opened: Session
) -> None:
    archived = f"events_{month(own_clock.now(), 2):%Y_%m}"
    opened.execute(text(f"ALTER TABLE events DETACH PARTITION {archived}"))
    opened.execute(text(f"ALTER TABLE {archived} RENAME TO events_2020_01"))
    opened.commit()
    own_clock.shift(timedelta(days=150))
    maintain(world, own_engine)
    assert opened.execute(text("SELECT to_regclass('events_2020_01')")).scalar_one() is not None


def test_events_and_their_deliveries_are_dropped_together(
    world: World, own_engine: Engine, own_clock: Clock, opened: Session
) -> None:
    own_clock.shift(month(own_clock.now(), 2) + timedelta(days=3) - own_clock.now())
    shop = a_shop(opened)
    insert(opened, "webhook_endpoints", shop_id=shop.id, url="https://hooks.example/", secret="x")
    opened.execute(text("UPDATE webhook_endpoints SET tested_at = clock_timestamp()"))
    opened.commit()
    (tested,) = opened.execute(text("SELECT * FROM events")).all()
    (delivery,) = opened.execute(text("SELECT * FROM webhook_deliveries")).all()
    assert (delivery.event_id, delivery.created_at) == (tested.id, tested.created_at)
    opened.commit()

    own_clock.shift(timedelta(days=70))
    maintain(world, own_engine)
    for table in ("events", "webhook_deliveries"):
        assert opened.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
        assert f"{table}_{tested.created_at:%Y_%m}" not in names(opened, table)


@pytest.mark.long
def test_writers_see_no_error_while_a_month_is_dropped(
    world: World, own_database: str, own_engine: Engine, own_clock: Clock
) -> None:
    own_clock.shift(timedelta(days=500))
    with closing(psycopg.connect(own_database)) as writer:
        writer.execute("INSERT INTO audit_logs (event) VALUES ('written before')")
        writer.commit()
        assert "0 dropped" not in str(maintain(world, own_engine)["reason"])
        writer.execute("INSERT INTO audit_logs (event) VALUES ('written after')")
        writer.commit()
        assert writer.execute("SELECT count(*) FROM audit_logs WHERE event LIKE 'written%'").fetchone() == (2,)


@pytest.mark.long
def test_a_month_stays_while_a_reader_uses_it(
    world: World, own_database: str, own_engine: Engine, own_clock: Clock, opened: Session
) -> None:
    own_clock.shift(timedelta(days=500))
    with closing(psycopg.connect(own_database)) as reader:
        reader.execute("SELECT count(*) FROM audit_logs")
        before = names(opened, "audit_logs")
        opened.commit()
        # With the product's limits, because the wait for the lock must end.
        with (
            engine_on(f"{own_database}?connect_timeout={CONNECT_SECONDS}") as hasty,
            pytest.raises(OperationalError, match="lock timeout"),
        ):
            maintain(world, hasty)
        assert set(before) <= set(names(opened, "audit_logs"))
        opened.commit()
    maintain(world, own_engine)
    assert len(set(before) - set(names(opened, "audit_logs"))) == 1


@pytest.mark.long
def test_a_worker_killed_before_any_commit_loses_nothing(
    world: World, databases: Databases, migrated_template: str
) -> None:
    commits, _ = _left_after_a_kill(world, databases, migrated_template, before_commit=None)
    assert commits >= 15
    for number in range(commits):
        _, left = _left_after_a_kill(world, databases, migrated_template, before_commit=number)
        assert left == {"NeedsHuman", "OfferSent now"}, f"killed before commit {number}"


class Killed(BaseException):
    """Ends the task. No code catches this exception."""


def _left_after_a_kill(
    world: World, databases: Databases, template: str, *, before_commit: int | None
) -> tuple[int, set[str]]:
    """Kills the task before this commit and runs it again.

    Returns how many commits the first run made, and the audit entries.
    """
    url = databases.make(like=template)
    clock, commits = Clock(url), 0
    with engine_on(patient(url)) as engine:
        with sessions(engine).begin() as session:
            then = month(clock.now(), 2)
            insert(session, "audit_logs", event="NeedsHuman", severity="critical", created_at=then)
            insert(session, "audit_logs", event="OfferSent", created_at=then)
        clock.shift(month(then, 1) + timedelta(days=31) - clock.now())
        with sessions(engine).begin() as session:
            insert(session, "audit_logs", event="OfferSent now")
            task = pending_tasks.add(session, "tick")
            pending_tasks.settle(session, task, {"outcome": "ok"})

        def count(_: object) -> None:
            nonlocal commits
            commits += 1
            if before_commit is not None and commits == before_commit + 1:
                raise Killed

        event.listen(engine, "commit", count)
        with suppress(Killed):
            maintain(world, engine, keep_audit_days=30)
        event.remove(engine, "commit", count)
        maintain(world, engine, keep_audit_days=30)
        with sessions(engine)() as session:
            assert partitions.misplaced(session) == []
            assert all(partitions.missing(session, table) == [] for table in TABLES)
            assert pending_tasks.outcome(session, task) == {"outcome": "ok"}
            left = set(session.execute(text("SELECT event FROM audit_logs")).scalars())
    databases.drop(url)
    return commits, left - {"maintain_partitions"}


@pytest.mark.long
def test_numbers_continue_after_those_of_the_former_table(databases: Databases) -> None:
    url = databases.make()
    migrating.upgrade(url, to="0054")
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("INSERT INTO audit_logs (event) SELECT 'old' FROM generate_series(1, 3)")
        migrating.upgrade(url)
        connection.execute("INSERT INTO audit_logs (event) VALUES ('new')")
        assert connection.execute("SELECT event FROM audit_logs ORDER BY seq DESC LIMIT 1").fetchone() == ("new",)
        assert connection.execute("SELECT count(DISTINCT seq) FROM audit_logs").fetchone() == (4,)
    databases.drop(url)
