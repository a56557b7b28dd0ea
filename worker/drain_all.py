"""Runs one sweep and then every due task in this process, without Redis."""

from collections import Counter
from dataclasses import dataclass, field, replace

from db import pending_tasks
from outbox.job_answers import Skipped, SweepCounts
from outbox.publisher import NoPublisher
from worker import sweep
from worker.dependencies import Dependencies, dependencies, use
from worker.task_run import BODIES, run_row

MOST_ROUNDS = 10_000
BATCH = 100


@dataclass(slots=True)
class DrainResult:
    """The result of the sweep, and how many tasks ran, by name."""

    swept: SweepCounts | Skipped
    ran: Counter[str] = field(default_factory=Counter)


def drain() -> DrainResult:
    """May run beside workers: each row is claimed before it runs."""
    unpublished = use(_without_publishing(dependencies()))
    drained = DrainResult(swept=sweep.sweep(unpublished))
    for _ in range(MOST_ROUNDS):
        with unpublished.transactions() as session:
            waiting = [row for row in pending_tasks.claimable(session, limit=BATCH) if row.name in BODIES]
        if not waiting:
            return drained
        for row in waiting:
            run_row(BODIES[row.name], row.name, row.id)
            drained.ran[row.name] += 1
    return drained


def _without_publishing(dependencies: Dependencies) -> Dependencies:
    return replace(dependencies, transactions=replace(dependencies.transactions, publisher=NoPublisher()))
