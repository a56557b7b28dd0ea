"""The system works behind PgBouncer in session and transaction mode, and every wait has a time limit."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import requests
from sqlalchemy import Engine, make_url, text

from cli.doctor import postgres_checks as doctor
from cli.doctor.findings import Finding, State
from cli.doctor.target import CheckTarget
from cli.local.servers.embedded_postgres import program as embedded_program
from cli.local.servers.free_ports import LOOPBACK, free_port
from cli.local.servers.server_process import wait_until
from cli.local.servers.unprivileged import identity_for
from cli.local.system import System
from db import migrating
from db.engine import LIMITS, patient_engine
from db.locks import advisory_lock
from db.sessions import sessions
from db.tasks import pending_tasks
from outbox.transactions import NoPublisher, Transactions
from tests.deploy.partial_system import partial_system
from tests.deploy.programs import installed
from tests.deploy.test_stores import ticked
from tests.servers import Databases, engine_on
from tests.waiting import PATIENCE_SECONDS, wait_for

STEPS = {"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "15s"}
NEEDED = {"web", "worker offers", "worker sweeps", "beat"}
Start = Callable[..., str]


@pytest.mark.parametrize("limit", LIMITS)
def test_every_transaction_has_its_limits(limit: str, behind: Engine) -> None:
    for _ in range(3):
        with behind.begin() as connection:
            assert connection.execute(text(f"SHOW {limit}")).scalar_one() == STEPS[limit]


def test_a_single_statement_has_them_too(behind: Engine) -> None:
    with Transactions(sessions(behind), NoPublisher()).single() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "5s"


def test_commands_and_migrations_have_limits_of_their_own(pooled: str) -> None:
    made = patient_engine(pooled, application_name="tests", limits={"lock_timeout": 7_000})
    with made.begin() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "7s"


def test_a_statement_that_is_repeated_meets_other_server_connections(behind: Engine) -> None:
    """psycopg prepares a statement the fifth time that it is sent.

    The pooler has two server connections for four clients.
    """

    def repeat(_: int) -> int:
        total = 0
        for number in range(20):
            with behind.begin() as connection:
                total += connection.execute(text("SELECT CAST(:number AS int)"), {"number": number}).scalar_one()
        return total

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(repeat, range(4))) == [sum(range(20))] * 4


def test_a_lock_has_one_holder_until_its_block_ends(behind: Engine) -> None:
    with advisory_lock(behind, 7) as first:
        # Other clients use the pooler during the test. The lock stays with its connection.
        with behind.begin() as connection:
            connection.execute(text("SELECT 1"))
        with advisory_lock(behind, 7) as second:
            assert (first, second) == (True, False)
    with advisory_lock(behind, 7) as held:
        assert held


@pytest.mark.long
def test_two_migrators_bring_an_empty_database_to_the_newest_schema(bouncer: Start, databases: Databases) -> None:
    empty = databases.make()
    url = bouncer(empty)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(migrating.upgrade, [url, url]))
    assert migrating.current(url) == migrating.head()


# Starting a system takes ten seconds of processor time.
@pytest.mark.long
@pytest.mark.parametrize("bouncer", ["session", "transaction"], indirect=True)
def test_web_worker_and_beat_work(running: System) -> None:
    url = running.settings["DATABASE_URL"]
    for _ in range(20):
        assert requests.get(f"{running.settings['WEB_URL']}/readyz", timeout=PATIENCE_SECONDS).status_code == 200
    wait_for(lambda: ticked(url), "beat's tick to be worked on")
    with engine_on(url, pooler="pgbouncer") as made:
        with sessions(made).begin() as session:
            row_id = pending_tasks.add(session, "answer_canary", "sweeps")

        def outcome() -> object:
            with sessions(made).begin() as session:
                return pending_tasks.outcome(session, row_id)

        wait_for(outcome, "the worker to answer")


def test_doctor_names_a_pooler_that_is_not_set(pooled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = limits_of(pooled, "none", monkeypatch)
    assert (found.name, found.state) == ("postgres.pooler", State.FAILURE)
    assert "DATABASE_POOLER=pgbouncer" in found.fix
    assert limits_of(pooled, "pgbouncer", monkeypatch).state is State.OK


def test_doctor_names_a_pooler_that_drops_the_limits(
    bouncer: Start, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = bouncer(database_url, ignore_startup_parameters="options")
    found = limits_of(silent, "none", monkeypatch)
    assert (found.name, found.state) == ("postgres.limits", State.FAILURE)
    assert "DATABASE_POOLER=pgbouncer" in found.fix
    assert limits_of(silent, "pgbouncer", monkeypatch).state is State.OK


def test_doctor_names_a_pooler_in_statement_mode(
    bouncer: Start, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", bouncer(database_url, pool_mode="statement"))
    (found,) = doctor.reach(CheckTarget({}, least_free_bytes=0))
    assert (found.name, found.state) == ("postgres.pool_mode", State.FAILURE)
    assert "pool_mode = transaction" in found.fix


def limits_of(url: str, pooler: str, monkeypatch: pytest.MonkeyPatch) -> Finding:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("DATABASE_POOLER", pooler)
    (found,) = doctor.limits(CheckTarget({}, least_free_bytes=0))
    return found


@pytest.fixture(params=["session", "transaction"])
def bouncer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Returns a function that starts PgBouncer in front of a database.

    The function takes additional settings and returns PgBouncer's URL.
    """
    program = Path(installed("pgbouncer"))
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str, **more: str) -> str:
        server, port = make_url(url), free_port()
        folder = tmp_path / f"pgbouncer-{port}"
        folder.mkdir()
        settings = {
            "listen_addr": LOOPBACK,
            "listen_port": port,
            "unix_socket_dir": "",
            "auth_type": "plain",
            "auth_file": folder / "users",
            "pool_mode": request.param,
            # In session mode, each client needs its own server connection.
            "default_pool_size": 2 if request.param == "transaction" else 20,
            **more,
        }
        (folder / "users").write_text(f'"{server.username}" "{server.password}"\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={server.host} port={server.port}\n[pgbouncer]\n"
            + "".join(f"{name} = {value}\n" for name, value in settings.items())
        )
        identity, log = identity_for(embedded_program("initdb"), folder), folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [program, folder / "pgbouncer.ini"], stdout=output, stderr=output, preexec_fn=identity.take
            )
        started.append(process)
        pooled = server.set(host=LOOPBACK, port=port).render_as_string(hide_password=False)
        wait_until(lambda: lets_in(pooled), process, name="PgBouncer", log=log, seconds=PATIENCE_SECONDS)
        return pooled

    yield start
    for process in started:
        process.kill()
        process.wait()


def lets_in(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def pooled(bouncer: Start, database_url: str) -> str:
    return bouncer(database_url)


@pytest.fixture
def behind(pooled: str) -> Iterator[Engine]:
    with engine_on(pooled, pool_size=4, pooler="pgbouncer") as made:
        yield made


@pytest.fixture
def running(pooled: str, redis_url: str, tmp_path: Path) -> Iterator[System]:
    stores = {"DATABASE_URL": pooled, "DATABASE_POOLER": "pgbouncer", "REDIS_URL": redis_url, "TICK_SECONDS": "1"}
    with partial_system(tmp_path, NEEDED, stores) as system:
        yield system
