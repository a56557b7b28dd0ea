"""With a sentinel:// URL, all Redis clients find the primary, and the new primary after a failover."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import requests
from kombu.exceptions import OperationalError
from limits import parse as rate
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError
from sqlalchemy import Engine

from cli.doctor import redis_checks
from cli.doctor.findings import State
from cli.doctor.target import CheckTarget
from cli.local.system import System
from dashboard.shop.access.visitor_limits import storage
from db.sessions import sessions
from db.tasks import pending_tasks
from outbox.broker import Broker
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from settings.loading import load
from settings.redis import RedisSettings
from tests.deploy.partial_system import partial_system
from tests.deploy.sentinels import Group
from tests.deploy.test_stores import ticked
from tests.servers import patient_redis
from tests.waiting import PATIENCE_SECONDS, REDIS_PATIENCE_SECONDS, wait_for
from worker.gates.gate_connection import Gates

NEEDED = {"worker offers", "worker sweeps", "beat", "Flower"}


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    made = Group(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def settings(group: Group, monkeypatch: pytest.MonkeyPatch) -> RedisSettings:
    monkeypatch.setenv("REDIS_URL", group.url)
    monkeypatch.setenv("REDIS_TIMEOUT_SECONDS", str(REDIS_PATIENCE_SECONDS))
    return load(RedisSettings)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_publisher_gates_and_limits_follow_the_primary(group: Group, settings: RedisSettings) -> None:
    gates = Gates.at(settings)
    address, options = storage(settings)
    limiter = MovingWindowRateLimiter(storage_from_string(address, **options))
    with closing(gates.redis), client(settings) as celery:
        broker = Broker(celery)
        broker.send_task("send_message", ["before"], {})
        assert broker.takes_messages()
        assert gates.redis.set("offer_cooldown:x", "1", nx=True, ex=60)
        assert limiter.hit(rate("1 per hour"), "visitor")
        assert not limiter.hit(rate("1 per hour"), "visitor")

        # Replication is asynchronous, so the test waits for it.
        wait_for(lambda: gates.redis.wait(1, 1000) == 1, "the replica to have all writes")
        group.kill_the_primary()

        wait_for(lambda: published(broker), "a message to be published")
        assert gates.redis.llen("texts") == 2
        assert gates.redis.exists("offer_cooldown:x")
        assert not limiter.hit(rate("1 per hour"), "visitor")


def published(broker: Broker) -> bool:
    with suppress(OperationalError, RedisError, OSError):
        broker.send_task("send_message", ["after"], {})
        return True
    return False


def test_doctor_finds_the_primary_and_names_a_wrong_group(
    group: Group, settings: RedisSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = CheckTarget({}, least_free_bytes=0)
    (finding,) = redis_checks.reach(target)
    assert (finding.name, finding.state) == ("redis.reach", State.OK)
    assert {found.state for found in redis_checks.server(target)} == {State.OK}
    assert target.redis is not None
    target.redis.close()

    monkeypatch.setenv("REDIS_URL", group.url.replace("master_name=slots", "master_name=another"))
    (finding,) = redis_checks.reach(CheckTarget({}, least_free_bytes=0))
    assert (finding.name, finding.state) == ("redis.sentinel", State.FAILURE)
    assert "master_name" in finding.fix


@pytest.mark.long
def test_worker_beat_and_flower_follow_the_primary(running: System, group: Group, engine: Engine) -> None:
    settings = patient_redis(group.url)
    url = running.settings["DATABASE_URL"]
    wait_for(lambda: ticked(url), "beat's tick to be worked on")
    # Flower asks only the first Sentinel, which must therefore survive.
    group.kill_the_primary(sentinel=2)
    with client(settings) as celery:
        wait_for(lambda: published(Broker(celery)), "the failover")
    with client(settings) as celery, Transactions(sessions(engine), Publisher(celery))() as session:
        row_id = pending_tasks.add(session, "answer_canary", "sweeps")

    def outcome() -> object:
        with sessions(engine).begin() as session:
            return pending_tasks.outcome(session, row_id)

    wait_for(outcome, "the worker to answer")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM job_runs")
    wait_for(lambda: ticked(url), "beat's next tick to be worked on")
    login = tuple(running.settings["FLOWER_BASIC_AUTH"].split(":"))

    def queues() -> set[str]:
        answer = requests.get(
            f"{running.settings['FLOWER_URL']}/api/queues/length", auth=login, timeout=PATIENCE_SECONDS
        )
        return {queue["name"] for queue in answer.json()["active_queues"]} if answer.ok else set()

    assert wait_for(lambda: queues() >= {"offers", "sweeps"}, "Flower to see the queues")


@pytest.fixture
def running(tmp_path: Path, database_url: str, group: Group) -> Iterator[System]:
    """Runs a worker, beat and Flower."""
    stores = {"DATABASE_URL": database_url, "REDIS_URL": group.url, "TICK_SECONDS": "1"}
    with partial_system(tmp_path, NEEDED, stores) as system:
        yield system
