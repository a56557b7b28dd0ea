"""Tests the available functions while a server is down or has lost its data, and the state after the recovery."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from urllib.error import HTTPError
from uuid import uuid4

import pytest
import redis

from tests.chaos.crowd import Crowd
from tests.chaos.ending import NOT_FINAL, ending, everything_is_final
from tests.chaos.load import load
from tests.chaos.people import WHO_ANSWER_AT_ONCE
from tests.chaos.stage import ChaosSystem
from tests.contract.outside import OutsideCallers
from tests.live_system import LiveAppointment, LiveSystem
from tests.waiting import PATIENCE_SECONDS, wait_for

SEED = int(os.environ.get("SEED") or Random().randrange(10**6))
RECOVERIES, SOLD_BEFORE = 120, 15

ASKED = "SELECT count(*) AS asked FROM slot_offers WHERE status = 'sent' AND shop_id = ANY(%s)"


@pytest.mark.chaos
def test_redis_flushed_amid_a_hundred_open_recoveries_loses_none(
    stage: ChaosSystem, tells: Callable[[str, str], None]
) -> None:
    live = stage.live
    appointments = load(live, recoveries=RECOVERIES, chance=Random(SEED))
    for appointment in appointments:
        assert appointment.ask_to_cancel() == (202, {"success": True})
    shops = list({appointment.shop.id for appointment in appointments})
    wait_for(lambda: live.row(ASKED, shops)["asked"] == RECOVERIES, "everybody to be asked")
    crowd = Crowd(live, seed=SEED, tempers=WHO_ANSWER_AT_ONCE, at_first=SOLD_BEFORE)
    crowd.begin()
    try:
        wait_for(lambda: _final(live, appointments) >= 10, "the first ones to be sold")
        open_then = RECOVERIES - _final(live, appointments)
        with redis.Redis.from_url(stage.valkey.url) as client:
            client.flushall()
        wait_for(lambda: OutsideCallers(live).ask_to_sweep()[0] == 200, "the sweep to run")
        swept = time.monotonic()
        crowd.answer_all()
        everything_is_final(live, appointments, seconds=PATIENCE_SECONDS)
    finally:
        crowd.end()
    seconds = time.monotonic() - swept
    found = ending(live, appointments)
    tells("Redis flushed", f"  {open_then} recoveries open, all final {seconds:.1f} s after the sweep")
    assert open_then >= 100
    assert found.violations == []
    assert set(found.asked.values()) == {1}


@pytest.mark.chaos
def test_without_any_redis_a_drain_brings_a_recovery_to_its_end(stage: ChaosSystem, project: Path) -> None:
    shop = stage.live.shop()
    ana = shop.customer("Ana", visited_days_ago=2)
    ben = shop.customer("Ben", visited_days_ago=9)
    appointment = shop.appointment(shop.customer("Zoe", sms_opt_in=False))
    with no_redis(stage):
        assert appointment.ask_to_cancel() == (202, {"success": True})
        drain(stage.live, project)
        slot = appointment.slot()
        assert slot is not None
        assert slot.offers() == {"Ana": "sent"}
        ana.says("no")
        waits(stage.live, "decline_offer")
        drain(stage.live, project)
        assert slot.offers() == {"Ana": "declined", "Ben": "sent"}
        ben.says("YES")
        waits(stage.live, "accept_offer")
        drain(stage.live, project)
        ben.pays()
        waits(stage.live, "handle_payment_success")
        drain(stage.live, project)
        assert slot.bookings() == {"Ben": "booked"}
        assert "Confirmed" in ben.texts()[-1]


@pytest.mark.chaos
def test_with_postgres_gone_every_endpoint_says_so_at_once_and_nothing_is_acknowledged(stage: ChaosSystem) -> None:
    live, web = stage.live, OutsideCallers(stage.live)
    shop = live.shop()
    before = live.settings
    stage.postgres.stop()
    try:
        assert web.texts("+447700900001", shop, "YES") == 503
        assert web.stripe("payment_intent.succeeded", "pi_1") == (503, {"error": "Service Unavailable"})
        assert LiveAppointment(shop, uuid4()).ask_to_cancel() == (503, {"error": "Service Unavailable"})
        status, why = get(before["WEB_URL"] + "/readyz")
        assert (status, why["ready"]) == (503, False)
        assert get(before["WEB_URL"] + "/healthz")[0] == 200
    finally:
        stage.postgres.start()
    wait_for(lambda: get(before["WEB_URL"] + "/readyz")[0] == 200, "the endpoints to be ready again")
    assert web.texts("+447700900001", shop, "YES") == 200


def drain(live: LiveSystem, project: Path) -> None:
    """Runs `slots drain` as an operator would."""
    slots = [Path(sys.executable).with_name("slots"), "drain"]
    done = subprocess.run(slots, cwd=project, env={**os.environ, **live.settings}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def waits(live: LiveSystem, task: str) -> None:
    """Waits until the endpoint has stored a task with this name that no worker has run yet."""
    waiting = "SELECT 1 FROM pending_tasks WHERE name = %s AND settled_at IS NULL"
    wait_for(lambda: live.rows(waiting, task), f"{task} to be written down")


@contextmanager
def no_redis(stage: ChaosSystem) -> Iterator[None]:
    stage.to_valkey.cut()
    stage.valkey.stop()
    try:
        yield
    finally:
        stage.valkey.start()
        stage.to_valkey.mend()


def get(url: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def _final(live: LiveSystem, appointments: list[LiveAppointment]) -> int:
    return len(appointments) - len(live.rows(NOT_FINAL, [appointment.id for appointment in appointments]))
