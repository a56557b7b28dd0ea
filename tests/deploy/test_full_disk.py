"""While a disk is full, servers refuse writes. The processes keep running, and continue once there is space again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from cli.doctor.findings import State
from cli.doctor.run_checks import GROUPS, examine
from cli.doctor.target import CheckTarget
from cli.local.servers.embedded_postgres import Postgres
from cli.local.servers.embedded_valkey import Valkey
from cli.local.system import System
from db.sessions import sessions
from db.tasks import pending_tasks
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from tests.deploy.partial_system import partial_system
from tests.deploy.small_disk import filled, small_disk
from tests.deploy.test_stores import ticked
from tests.servers import close, engine_on, patient_redis
from tests.waiting import wait_for

NEEDED = {"worker sweeps", "beat"}


@pytest.mark.long
def test_doctor_names_the_full_disk_of_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "postgres", size="200m") as disk:
        server = Postgres(disk, settings={"fsync": "off"}).start()
        try:
            monkeypatch.setenv("DATABASE_URL", server.url)
            with filled(disk):
                assert "Free space on the Postgres disk" in findings()["postgres.disk_full"]
            assert "postgres.disk_full" not in findings()
        finally:
            server.stop()


def findings() -> dict[str, str]:
    """Returns the fixes of the failures that the doctor finds in Postgres, by name."""
    target = CheckTarget({}, least_free_bytes=0)
    groups = tuple(group for group in GROUPS if group.title.startswith("Postgres"))
    found = [finding for _, group in examine(target, groups) for finding in group]
    if target.engine:
        close(target.engine)
    return {finding.name: finding.fix for finding in found if finding.state is State.FAILURE}


@pytest.mark.long
def test_a_worker_survives_a_redis_that_cannot_save_its_data(running: System, valkey: Valkey) -> None:
    worker = next(child for child in running.children if child.name == "worker sweeps")
    wait_for(lambda: ticked(running.settings["DATABASE_URL"]), "a tick to be worked on")
    with redis.Redis.from_url(valkey.url) as server:
        snapshot = valkey.data / server.config_get("dbfilename")["dbfilename"]
        # A folder in the place of the snapshot prevents it, as a full disk would.
        snapshot.mkdir()
        server.config_set("save", "3600 1")
        server.bgsave()
        wait_for(lambda: "MISCONF" in worker.log.read_text(errors="replace"), "the worker to be refused")
        wait_for(lambda: worker.log.read_text(errors="replace").count("MISCONF") > 1, "it to try again")
        assert worker.running, worker.log.read_text(errors="replace")[-2000:]

        snapshot.rmdir()
        wait_for(lambda: _saved(server), "a snapshot")
    assert answered(running)
    assert worker.running


def _saved(server: redis.Redis) -> bool:
    about = server.info("persistence")
    if about["rdb_last_bgsave_status"] != "ok" and not about["rdb_bgsave_in_progress"]:
        server.bgsave()
    return bool(about["rdb_last_bgsave_status"] == "ok")


def answered(system: System) -> bool:
    """Whether the worker receives a message and settles its row."""
    with engine_on(system.settings["DATABASE_URL"]) as made:
        with (
            client(patient_redis(system.settings["REDIS_URL"])) as celery,
            Transactions(sessions(made), Publisher(celery))() as session,
        ):
            row_id = pending_tasks.add(session, "answer_canary", "sweeps")

        def outcome() -> object:
            with sessions(made).begin() as session:
                return pending_tasks.outcome(session, row_id)

        return bool(wait_for(outcome, "the worker to answer"))


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey").start()
    yield server
    server.stop()


@pytest.fixture
def running(tmp_path: Path, database_url: str, valkey: Valkey) -> Iterator[System]:
    """Runs a worker and beat."""
    stores = {"DATABASE_URL": database_url, "REDIS_URL": valkey.url, "TICK_SECONDS": "1"}
    with partial_system(tmp_path, NEEDED, stores) as system:
        yield system
