"""Runs hundreds of recoveries while processes are killed and servers are stopped, disconnected or lose their data."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from random import Random

import pytest

from tests.chaos.calendars import calendar_differences, connect_calendars
from tests.chaos.crowd import Crowd
from tests.chaos.ending import ending, everything_is_final
from tests.chaos.faults import FAULTS
from tests.chaos.load import load
from tests.chaos.report import table
from tests.chaos.schedule import Planned, schedule
from tests.chaos.stage import ChaosSystem

SEED = int(os.environ.get("SEED") or Random().randrange(10**6))
RECOVERIES = int(os.environ.get("CHAOS_RECOVERIES") or 500)
# At least one fault of each kind.
FAULTS_IN_ALL = int(os.environ.get("CHAOS_FAULTS") or max(len(FAULTS), RECOVERIES // 8))
RECOVERIES_A_SECOND, SECONDS_A_FAULT = 3.0, 2.5
"""Two cores can handle this many recoveries and faults. The slower of the two determines the duration."""
PATIENCE_SECONDS = 900.0


@pytest.mark.chaos
def test_every_recovery_is_final_and_every_promise_kept_whatever_is_killed(
    stage: ChaosSystem, tells: Callable[[str, str], None]
) -> None:
    live, began = stage.live, time.monotonic()
    chance = Random(SEED)
    seconds = max(RECOVERIES / RECOVERIES_A_SECOND, FAULTS_IN_ALL * SECONDS_A_FAULT)
    plan = schedule(FAULTS, FAULTS_IN_ALL, seconds=seconds, chance=chance)
    calendars = connect_calendars(stage, bookings=max(4, RECOVERIES // 10))
    appointments = [one for calendar in calendars for one in calendar.appointments]
    appointments += load(live, recoveries=RECOVERIES - len(appointments), chance=chance)
    chance.shuffle(appointments)
    crowd = Crowd(live, seed=SEED)
    crowd.cancel(appointments, seconds=seconds)
    crowd.begin()
    try:
        inflict(stage, plan)
        stage.answers()
        everything_is_final(live, appointments, seconds=PATIENCE_SECONDS)
        for calendar in calendars:
            calendar.syncs()
        everything_is_final(live, appointments, seconds=PATIENCE_SECONDS)
    finally:
        crowd.end()
        found = ending(live, appointments)
        tells(f"chaos, SEED={SEED}", table(found, plan, seed=SEED, seconds=time.monotonic() - began))
    assert found.violations == []
    assert [one for calendar in calendars for one in calendar_differences(calendar)] == []
    assert crowd.cancelled == RECOVERIES
    assert sum(found.statuses.values()) == RECOVERIES + found.moved
    assert found.statuses["filled"] > RECOVERIES / 10, "hardly anything was sold: this was no load"
    assert [phone for phone, times in found.asked.items() if times > 1] == []


def inflict(stage: ChaosSystem, plan: Sequence[Planned]) -> None:
    """Starts and ends each fault on time. All faults have ended when the function returns or raises.

    If one fault ends when another fault begins, the end comes first, because no fault can be added to a stopped
    sandbox.
    """
    began = time.monotonic()
    with contextlib.ExitStack() as unended:
        lasting = {}
        for moment, ends, one in sorted(_moments(plan), key=lambda happens: (happens[0], not happens[1])):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            if ends:
                lasting.pop(one).close()
            else:
                lasting[one] = unended.enter_context(contextlib.ExitStack())
                lasting[one].enter_context(one.fault.disturbance(stage, Random(one.chance)))


def _moments(plan: Sequence[Planned]) -> list[tuple[float, bool, Planned]]:
    return [(one.begins, False, one) for one in plan] + [(one.ends, True, one) for one in plan]
