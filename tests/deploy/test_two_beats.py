"""Only one of two beat processes publishes.

When it ends for any reason, the other process takes over within five seconds: at the latest when the lease has ended.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cli.local.local_services import CELERY
from tests.deploy.processes import Started
from tests.deploy.test_starting import SOUND
from tests.waiting import wait_for

BEAT = (*CELERY, "beat", "--schedule", "{folder}/beat-{port}", "--pidfile", "")
TAKE_OVER_SECONDS = 5
pytestmark = pytest.mark.long
Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Start]:
    started: list[Started] = []

    def begin(**environment: str) -> Started:
        stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "TICK_SECONDS": "1"}
        started.append(Started(BEAT, SOUND | {"ENVIRONMENT": "test"} | stores | environment, tmp_path))
        return started[-1]

    yield begin
    for process in started:
        process.end()


@pytest.fixture
def sweeps(redis_url: str) -> Iterator[Callable[[], int]]:
    """Counts the published ticks, which no worker takes."""
    with redis.Redis.from_url(redis_url) as client:
        yield lambda: int(client.llen("sweeps"))


def leader(beats: list[Started], database_url: str) -> Started:
    def holder() -> Started | None:
        with psycopg.connect(database_url) as connection:
            row = connection.execute("SELECT holder FROM beat_lease WHERE expires_at > clock_timestamp()").fetchone()
        return next((beat for beat in beats if row and row[0].split(":")[1] == str(beat.process.pid)), None)

    return wait_for(holder, "a beat to hold the lease")


def seconds_left(database_url: str) -> float:
    """Returns after how many seconds another process may take the lease. The machine's speed does not affect it."""
    with psycopg.connect(database_url) as connection:
        left = "SELECT extract(epoch FROM expires_at - clock_timestamp()) FROM beat_lease"
        row = connection.execute(left).fetchone()
        assert row is not None
        return float(row[0])


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_the_other_beat_takes_over_within_five_seconds(
    ending: signal.Signals, start: Start, sweeps: Callable[[], int], database_url: str
) -> None:
    beats = [start(), start()]
    leading = leader(beats, database_url)
    for beat in beats:
        beat.says("beat_publishes" if beat is leading else "Starting...")
    wait_for(lambda: sweeps() > 0, "the first tick")

    before, began = sweeps(), time.monotonic()
    wait_for(lambda: sweeps() >= before + 3, "three ticks")
    assert time.monotonic() - began > 1.5, "both publish"

    os.kill(leading.process.pid, ending)
    assert seconds_left(database_url) < TAKE_OVER_SECONDS
    before = sweeps()
    # The last tick may have been in progress.
    wait_for(lambda: sweeps() >= before + 2, "the next ticks")
    assert leader([beat for beat in beats if beat is not leading], database_url)


def test_without_postgres_every_beat_publishes(start: Start, sweeps: Callable[[], int]) -> None:
    start(DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none").says("beat_lease_unavailable")
    start(DATABASE_URL="").says("beat_without_lease")
    assert wait_for(lambda: sweeps() > 1, "ticks")


def test_a_beat_shows_that_it_is_alive(start: Start, tmp_path: Path) -> None:
    beat = start()
    heartbeat = tmp_path / f"beat-{beat.port}"
    wait_for(heartbeat.exists, "the file of the beat")
    touched = heartbeat.stat().st_mtime_ns
    assert wait_for(lambda: heartbeat.stat().st_mtime_ns > touched, "the next second")
