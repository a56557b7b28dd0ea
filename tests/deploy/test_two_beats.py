"""Only one of two beat processes publishes.

When it ends for any reason, the other process takes over within five seconds: at the latest when the lease has ended.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Ticks:
    """The published ticks, which no worker takes."""

    redis: redis.Redis

    def count(self) -> int:
        return int(self.redis.llen("sweeps"))

    def publishers(self) -> set[str]:
        """Waits for three new ticks and returns the processes that published them."""
        self.redis.delete("sweeps")
        wait_for(lambda: self.count() >= 3, "three ticks")
        return {json.loads(message)["headers"]["origin"] for message in self.redis.lrange("sweeps", 0, -1)}


@pytest.fixture
def ticks(redis_url: str) -> Iterator[Ticks]:
    with redis.Redis.from_url(redis_url) as client:
        yield Ticks(client)


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
    ending: signal.Signals, start: Start, ticks: Ticks, database_url: str
) -> None:
    beats = [start(), start()]
    for beat in beats:
        beat.says("Starting...")
    # On a busy machine, the leading process may lose the lease, so that both publish one after the other.
    wait_for(lambda: len(ticks.publishers()) == 1, "ticks of a single process")

    leading = leader(beats, database_url)
    os.kill(leading.process.pid, ending)
    assert seconds_left(database_url) < TAKE_OVER_SECONDS
    assert leader([beat for beat in beats if beat is not leading], database_url)
    assert ticks.publishers()


def test_without_postgres_every_beat_publishes(start: Start, ticks: Ticks) -> None:
    start(DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none").says("beat_lease_unavailable")
    start(DATABASE_URL="").says("beat_without_lease")
    assert wait_for(lambda: len(ticks.publishers()) == 2, "ticks of both processes")


def test_a_beat_shows_that_it_is_alive(start: Start, tmp_path: Path) -> None:
    beat = start()
    heartbeat = tmp_path / f"beat-{beat.port}"
    wait_for(heartbeat.exists, "the file of the beat")
    touched = heartbeat.stat().st_mtime_ns
    assert wait_for(lambda: heartbeat.stat().st_mtime_ns > touched, "the next second")
