"""`slots doctor` and the metrics report a process that was killed, even if another process does its work."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from cli.doctor.findings import Finding, State
from cli.doctor.process_checks import running
from cli.doctor.target import CheckTarget
from cli.local.local_services import CELERY, PYTHON
from cli.local.servers.free_ports import free_port
from db.tasks import running_processes
from db.tasks.running_processes import ProcessIdentity
from tests.builders import in_
from tests.deploy.processes import Started
from tests.deploy.test_starting import SOUND, WEB
from tests.deploy.test_two_beats import BEAT
from tests.waiting import PATIENCE_SECONDS, wait_for
from views import operator_metrics

METRICS = (PYTHON, "-c", "from cli.main import main; main()", "metrics", "--port", "{port}")
PREFORK = (*CELERY, "worker", "-n", "replies@%h", "-Q", "replies", "--pool", "prefork", "-c", "1")
COMMANDS = {"beat": BEAT, "metrics": METRICS, "web": WEB, "worker replies": PREFORK}
Start = Callable[[str], Started]


@pytest.fixture
def start(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Start]:
    started: list[Started] = []

    def begin(name: str) -> Started:
        stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "METRICS_PORT": str(free_port())}
        started.append(Started(COMMANDS[name], SOUND | {"ENVIRONMENT": "test"} | stores, tmp_path))
        return started[-1]

    yield begin
    for process in started:
        process.end()


def rows(database_url: str, state: str = "true") -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM running_processes WHERE {state}").fetchone()  # type: ignore[arg-type]
        assert row is not None
        return int(row[0])


def a_minute_later(database_url: str) -> None:
    """Moves the rows into the past. Processes that are still running update their rows within 20 seconds."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE running_processes SET seen_at = seen_at - interval '61 s'")


def findings(engine: Engine, environment: str = "development") -> list[Finding]:
    return list(running(CheckTarget({"ENVIRONMENT": environment}, least_free_bytes=0, engine=engine)))


def lost(engine: Engine) -> list[str]:
    return [found.message for found in findings(engine) if found.state is State.FAILURE]


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_a_process_that_was_killed_is_reported_until_it_runs_again(
    name: str, start: Start, database_url: str, engine: Engine
) -> None:
    killed, other = start(name), start(name)
    wait_for(lambda: rows(database_url) == 2, "both to run")
    killed.end()
    a_minute_later(database_url)
    messages = wait_for(lambda: found if len(found := lost(engine)) == 1 else None, "the other one to be seen again")
    assert f"{name} on " in messages[0]
    with Session(engine) as session:
        samples = {metric.name: found for metric, found in operator_metrics.read(session)}
    assert samples["slots_processes_lost"] == [((name,), 1.0)]

    again = start(name)
    wait_for(lambda: not lost(engine) and rows(database_url, "stopped_at IS NULL") == 2, "a restart")
    assert rows(database_url) == 2
    for process in (other, again):
        process.process.send_signal(signal.SIGTERM)
        process.process.wait(PATIENCE_SECONDS)
    a_minute_later(database_url)
    assert (lost(engine), rows(database_url, "stopped_at IS NOT NULL")) == ([], 2)


HERE = ProcessIdentity("beat", "here", 7)


@pytest.mark.parametrize(
    ("started_before", "runs", "left"),
    [
        pytest.param((HERE,), True, 1, id="the same process, restarted in its container"),
        pytest.param((ProcessIdentity("beat", "here", 6),), False, 1, id="restarted with another pid"),
        pytest.param((ProcessIdentity("beat", "here", 6),), True, 2, id="a second one on this host"),
        pytest.param((ProcessIdentity("beat", "there", 7),), False, 2, id="a second one on another host"),
        pytest.param((ProcessIdentity("web", "here", 7),), False, 2, id="another program"),
    ],
)
def test_a_process_takes_over_the_row_of_one_that_ended(
    started_before: tuple[ProcessIdentity, ...], runs: bool, left: int, session: Session
) -> None:
    for who in started_before:
        running_processes.begin(session, who, runs=lambda _: runs)
    running_processes.begin(session, HERE, runs=lambda _: runs)
    assert len(running_processes.expected(session)) == left


def test_the_row_of_a_stopped_process_is_taken_over_before_that_of_a_lost_one(session: Session) -> None:
    """A restart of one beat process must not hide that the other process was killed."""
    before = [
        running_processes.begin(session, ProcessIdentity("beat", "here", pid), runs=lambda _: True) for pid in (1, 2)
    ]
    session.execute(text("UPDATE running_processes SET seen_at = :at WHERE pid = 1"), {"at": in_(minutes=-5)})
    running_processes.stopped(session, before[1], ProcessIdentity("beat", "here", 2))
    assert running_processes.begin(session, HERE, runs=lambda _: False) == before[1]
    assert [(one.pid, one.lost) for one in running_processes.expected(session)] == [(1, True), (7, False)]


def test_a_process_whose_row_was_taken_over_gets_another(session: Session) -> None:
    row = running_processes.begin(session, HERE, runs=lambda _: True)
    assert running_processes.seen(session, row, HERE)
    assert not running_processes.seen(session, row, ProcessIdentity("beat", "there", 7))


def test_in_production_somebody_must_serve_the_metrics(engine: Engine) -> None:
    assert [found.name for found in findings(engine, "production")] == ["processes.metrics"]
    assert findings(engine) == []
