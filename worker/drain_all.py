"""Runs one sweep, every due task and every due webhook delivery in this process, without Redis."""

from collections import Counter
from dataclasses import dataclass, field, replace

from db.tasks import waiting_tasks
from db.tasks.pending_tasks import UnpublishedRow
from outbox.job_answers import Skipped, SweepCounts
from outbox.transactions import NoPublisher
from worker import sweep
from worker.dependencies import Dependencies, dependencies, use
from worker.outgoing_webhooks.lanes import InlineLanes
from worker.task_run import BODIES, run_row

MOST_ROUNDS = 10_000
BATCH = 100


@dataclass(slots=True)
class DrainResult:
    """The result of the sweep, and the number of runs by task. For `deliver_webhooks`, this is the number of
    endpoints.
    """

    swept: SweepCounts | Skipped
    ran: Counter[str] = field(default_factory=Counter)


def drain() -> DrainResult:
    """Runs all due work. Workers can run at the same time, because each row is claimed before it runs."""
    unpublished = use(_without_publishing(dependencies()))
    drained = DrainResult(swept=sweep.sweep(unpublished))
    rounds = 0
    while rounds < MOST_ROUNDS and (waiting := _waiting(unpublished)):
        rounds += 1
        for row in waiting:
            run_row(BODIES[row.name], row.name, row.id)
            drained.ran[row.name] += 1
    # Deliveries come last, because tasks write events.
    if endpoints := InlineLanes().deliver_due(unpublished):
        drained.ran["deliver_webhooks"] = endpoints
    return drained


def _waiting(unpublished: Dependencies) -> list[UnpublishedRow]:
    with unpublished.transactions() as session:
        return [row for row in waiting_tasks.claimable(session, limit=BATCH) if row.name in BODIES]


def _without_publishing(dependencies: Dependencies) -> Dependencies:
    return replace(dependencies, transactions=replace(dependencies.transactions, publisher=NoPublisher()))
