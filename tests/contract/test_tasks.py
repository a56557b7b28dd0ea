"""Tasks run if a plain Celery client sends them by name. Without Redis, `slots drain` runs the recorded tasks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery

from tests.builders import in_
from tests.contract.outside import OutsideCallers
from tests.live_system import LiveSystem
from tests.running_system import RunningSystem
from tests.waiting import wait_for


def test_a_plain_celery_client_starts_a_task_by_name(live: LiveSystem) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana"), shop.customer("Ben", visited_days_ago=3)
    slot = shop.opening()
    with Celery(broker=live.settings["REDIS_URL"]) as client:
        client.send_task("send_next_offer", args=[str(slot.id)])
        ben.is_asked()
        slot.offers_become(Ben="sent")
        live.rows("UPDATE slot_offers SET expires_at = now() WHERE slot_opening_id = %s", slot.id)
        client.send_task("expire_offers")
        assert "Reply YES" in ana.is_asked()


@pytest.mark.parametrize(
    ("task", "becomes", "holds"), [("accept_offer", "accepted", 1), ("decline_offer", "declined", 0)]
)
def test_an_answer_may_name_its_offer(live: LiveSystem, task: str, becomes: str, holds: int) -> None:
    shop = live.shop()
    ana = shop.customer("Ana")
    slot = shop.opening()
    offer = slot.offer(ana)
    with Celery(broker=live.settings["REDIS_URL"]) as client:
        client.send_task(task, args=[str(uuid4())])
        client.send_task(task, args=[str(offer)])
        client.send_task(task, args=[str(offer)])
    slot.offers_become(Ana=becomes)
    booked = "SELECT count(*) AS n FROM appointments WHERE source_slot_opening_id = %s"
    assert live.row(booked, slot.id)["n"] == holds


@pytest.mark.long
def test_without_redis_the_endpoints_take_all_and_a_drain_does_it(
    running: RunningSystem, live: LiveSystem, outside: OutsideCallers, project: Path
) -> None:
    shop = live.shop()
    ana, ben = shop.customer("Ana"), shop.customer("Ben")
    slot = shop.opening()
    slot.offer(ana, sent_at=in_(-1), expires_at=in_(-0.1))
    with _silent(*running.pids("PID_REDIS")):
        assert outside.texts(ben.phone, shop, "hello") == 200
        slots = [Path(sys.executable).with_name("slots"), "drain"]
        drained = subprocess.run(slots, cwd=project, env={**os.environ, **live.settings}, capture_output=True)
        assert drained.returncode == 0, drained.stderr.decode()
        assert slot.offers() == {"Ana": "expired", "Ben": "sent"}
        assert len([text for text in ben.texts() if "Reply YES" in text]) == 1
    wait_for(lambda: outside.ask_to_sweep()[0] == 200, "the sweeps to go on")


@contextmanager
def _silent(pid: int) -> Iterator[None]:
    """Suspends the process, which then accepts connections but never responds."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
