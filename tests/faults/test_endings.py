"""Workers are stopped while they send a text. The text is sent once, either by them or by their successors.

SIGQUIT and the time limit have the same effect on a worker's child as SIGKILL, which test_failpoints.py sends at each
step. Here, Celery stops real workers, with both of the product's pools.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from outbox.celery_client import client
from outbox.queues import LEASE
from outbox.transactions import Publisher
from settings.loading import load
from settings.redis import RedisSettings
from tests.faults.situations import RecoveryScene
from tests.waiting import PATIENCE_SECONDS, wait_for
from tests.world import World

pytestmark = pytest.mark.chaos

PREFORK, THREADS = ("--pool", "prefork", "-c", "1"), ("--pool", "threads", "-c", "2")
CARRIER_TAKES_MS = 4000


@pytest.mark.parametrize("pool", [PREFORK, THREADS], ids=["prefork", "threads"])
def test_a_worker_that_is_asked_to_end_finishes_its_text(world: World, pool: tuple[str, ...]) -> None:
    scene = scene_with_a_slow_carrier(world)
    with a_worker_at_the_text(scene, *pool) as worker:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0
    assert statuses(scene) == ["sent"]
    check_good_end(scene)


@pytest.mark.parametrize("pool", [PREFORK, THREADS], ids=["prefork", "threads"])
def test_a_worker_that_is_ended_at_once_leaves_its_text_to_the_next(world: World, pool: tuple[str, ...]) -> None:
    scene = scene_with_a_slow_carrier(world)
    with a_worker_at_the_text(scene, *pool) as worker:
        worker.send_signal(signal.SIGQUIT)
        worker.wait(PATIENCE_SECONDS)
    the_carrier_has_it(scene)
    check_good_end(scene)


def test_a_child_that_exceeds_its_time_leaves_its_text_to_the_next(world: World) -> None:
    scene = scene_with_a_slow_carrier(world)
    with a_worker_at_the_text(scene, *PREFORK, "--time-limit", "1"):
        the_carrier_has_it(scene)
        assert statuses(scene) == ["sending"]
    check_good_end(scene)


def scene_with_a_slow_carrier(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world)
    scene.next("send_message")
    world.outside.fault("twilio messages.create", "latency", delay_ms=CARRIER_TAKES_MS)
    return scene


@contextmanager
def a_worker_at_the_text(scene: RecoveryScene, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a worker that consumes the queue `texts` while the carrier is slow to accept the offer."""
    command = [sys.executable, "-m", "worker.start", "worker", "-Q", "texts", *options]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with client(load(RedisSettings)) as celery:
        Publisher(celery).publish([scene.next("send_message")])
    worker = subprocess.Popen(command, **streams)  # type: ignore[call-overload]
    try:
        wait_for(lambda: scene.world.outside.box.faults.listed()[0]["used"], "the fault to be used")
        yield worker
    finally:
        worker.kill()
        worker.wait()


def the_carrier_has_it(scene: RecoveryScene) -> None:
    wait_for(lambda: scene.world.texts(scene.ana), "the text")


def statuses(scene: RecoveryScene) -> list[str]:
    rows = scene.world.rows("SELECT status FROM messages WHERE shop_id = :id", id=scene.shop.id)
    return [row.status for row in rows]


def check_good_end(scene: RecoveryScene) -> None:
    """Asserts that Ana received her text once and that no work is left."""
    scene.world.clock.pass_(LEASE)
    scene.world.settle()
    assert scene.world.broken_promises() == []
    assert len(scene.world.texts(scene.ana)) == 1
    assert scene.world.what_waits() == []
