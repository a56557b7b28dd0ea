"""The system works with Postgres and Valkey as compose starts them, with minimal permissions."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cli.local.servers.embedded_postgres import SUPERUSER, Postgres
from cli.local.servers.embedded_postgres import program as postgres_program
from cli.local.servers.embedded_valkey import program as valkey_program
from cli.local.servers.free_ports import LOOPBACK, free_port
from cli.local.servers.private_files import kept
from cli.local.servers.server_process import wait_until
from cli.local.system import System
from db import migrating
from db.sessions import sessions
from db.tasks import pending_tasks
from outbox.celery_client import client
from outbox.transactions import Publisher, Transactions
from tests.deploy.files import ROOT
from tests.deploy.partial_system import partial_system
from tests.servers import engine_on, patient_redis
from tests.waiting import PATIENCE_SECONDS, wait_for

PASSWORD = "4f1c2b9a"
FORBIDDEN = ("FLUSHALL", "FLUSHDB", "SHUTDOWN", "REPLICAOF NO ONE", "CONFIG SET appendonly no", "KEYS *", "MONITOR")
NEEDED = {"worker offers", "worker sweeps", "beat", "Flower"}


@pytest.mark.long
def test_the_role_that_postgres_is_given_can_make_the_tables_and_is_no_superuser(own_postgres: Postgres) -> None:
    server = f"{LOOPBACK}:{own_postgres.port}"
    superuser_password = kept(own_postgres.folder / "superuser-password")
    superuser = f"postgresql://{SUPERUSER}:{superuser_password}@{server}/postgres"
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP DATABASE slots")
        connection.execute("DROP ROLE slots")
    variables = {"PGHOST": LOOPBACK, "PGPORT": str(own_postgres.port), "PGPASSWORD": superuser_password or ""}
    programs = f"{postgres_program('psql').parent}:{os.environ['PATH']}"
    subprocess.run(
        ["sh", ROOT / "deploy/postgres/10-role.sh"],
        env={"PATH": programs, "POSTGRES_USER": SUPERUSER, "DATABASE_PASSWORD": PASSWORD, **variables},
        check=True,
    )

    url = f"postgresql://slots:{PASSWORD}@{server}/slots"
    migrating.upgrade(url)

    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL ROLE slots_dashboard")
        assert connection.execute("SELECT count(*) FROM shops").fetchone() == (0,)
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = session_user").fetchone()
        assert row == (False,)


def test_whoever_knows_the_password_of_redis_cannot_empty_or_stop_it(valkey: str) -> None:
    with redis.Redis.from_url(valkey) as connection:
        assert connection.set("offer_cooldown:x", "y", nx=True, ex=5)
        assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert connection.config_get("appendonly") == {"appendonly": "yes"}
        for forbidden in FORBIDDEN:
            with pytest.raises(redis.exceptions.NoPermissionError):
                connection.execute_command(*forbidden.split())


def test_nobody_gets_in_without_the_password(valkey: str) -> None:
    with (
        redis.Redis.from_url(valkey.replace(f":{PASSWORD}@", "")) as connection,
        pytest.raises(redis.AuthenticationError),
    ):
        connection.ping()


@pytest.mark.long
def test_messages_beat_and_flower_work_with_what_redis_allows(started: System, valkey: str) -> None:
    url = started.settings["DATABASE_URL"]
    with engine_on(url) as made:
        with (
            client(patient_redis(valkey)) as celery,
            Transactions(sessions(made), Publisher(celery))() as session,
        ):
            row_id = pending_tasks.add(session, "answer_canary", "sweeps")

        def outcome() -> object:
            with sessions(made).begin() as session:
                return pending_tasks.outcome(session, row_id)

        wait_for(outcome, "the worker to answer")
        wait_for(lambda: ticked(url), "beat's tick to be worked on")
    logged = "".join(path.read_text(errors="replace") for path in (started.data / "logs").glob("*.log"))
    assert "NOPERM" not in logged
    assert "permissions" not in logged


def ticked(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return bool(
            connection.execute("SELECT 1 FROM job_runs WHERE job = 'tick' AND ended_at IS NOT NULL").fetchone()
        )


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Starts Valkey as compose does, in a separate folder."""
    folder = tmp_path_factory.mktemp("valkey")
    port, programs = free_port(), folder / "bin"
    programs.mkdir()
    (programs / "valkey-server").symlink_to(valkey_program())
    config = (ROOT / "deploy/valkey/valkey.conf").read_text().replace("dir /data", f"dir {folder}")
    (folder / "valkey.conf").write_text(f"{config}\nport {port}\nbind {LOOPBACK}\n")
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["sh", ROOT / "deploy/valkey/start.sh", folder / "valkey.conf"],
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "REDIS_PASSWORD": PASSWORD,
                "USERS_FILE": str(folder / "users.acl"),
            },
            stdout=output,
            stderr=output,
        )
    url = f"redis://:{PASSWORD}@{LOOPBACK}:{port}/0"
    try:
        wait_until(lambda: answers(url), server, name="Valkey", log=log, seconds=PATIENCE_SECONDS)
        yield url
    finally:
        server.terminate()
        server.wait(PATIENCE_SECONDS)


def answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as connection:
            return bool(connection.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture
def started(tmp_path: Path, database_url: str, valkey: str) -> Iterator[System]:
    """Starts a worker, beat and Flower that use this Redis."""
    stores = {"DATABASE_URL": database_url, "REDIS_URL": valkey, "TICK_SECONDS": "1"}
    with partial_system(tmp_path, NEEDED, stores) as system:
        yield system
