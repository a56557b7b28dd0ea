"""Whatever happens, in whatever order: once the sweeps have run, every promise holds."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.histories import histories_in
from tests.faults.world import World

FEW = settings(
    max_examples=int(os.environ.get("HISTORIES", "200")),
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_every_promise_holds_after_any_history(world: World) -> None:
    run_state_machine_as_test(histories_in(world), settings=FEW)
