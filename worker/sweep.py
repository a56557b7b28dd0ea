"""Processes all due work: expired offers and holds, idle searches, lost messages, and outgoing webhooks.

The tick between two sweeps does the same as a full sweep, but only a sweep continues until nothing is due, and only
one sweep runs at a time. Concurrent ticks, or a tick during a sweep, are harmless, because each item is decided under
a lock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from db.locks import advisory_lock
from db.recoveries import candidates, due, recoveries
from db.recoveries.due import DueKind, DueRow
from db.tasks import pending_tasks
from db.tasks.pending_tasks import NewRow
from domain import events as ev
from domain.effects import AskNext
from domain.recovery import Decision
from domain.state import OfferStatus
from outbox.job_answers import FailedItem, Skipped, SweepCounts
from outbox.queues import QUEUE_OF
from worker.apply_events import AppliedEvent, apply_events
from worker.dependencies import Dependencies
from worker.republish import queue_lengths, republish

log = structlog.get_logger()

ONE_SWEEP_AT_A_TIME = 482174
BATCH = 500
DECIDED_AT_ONCE = 100
"""The number of items in one transaction. A transaction of 500 takes 3 MB of memory, of which the allocator keeps
most, and saves 0.03 ms of processor time for each item.
"""
MOST_BATCHES = 1000


@dataclass(slots=True)
class SweepResult:
    """The counts of one run, which are the response of the expire-offers route."""

    total: int = 0
    expired: int = 0
    triggered: int = 0
    errors: list[FailedItem] = field(default_factory=list)

    @property
    def answer(self) -> SweepCounts:
        return SweepCounts(total=self.total, expired=self.expired, triggered=self.triggered, errors=self.errors)


def sweep(dependencies: Dependencies) -> SweepCounts | Skipped:
    """Runs until nothing is due. Returns immediately if another sweep is running."""
    with advisory_lock(dependencies.engine, ONE_SWEEP_AT_A_TIME) as acquired:
        if not acquired:
            return Skipped(skipped=True, reason="locked")
        with dependencies.transactions() as session:
            due.wake_for_newcomers(session)
        swept = bring_forward(dependencies, batches=MOST_BATCHES)
        _clear_cooldowns(dependencies)
        return swept.answer


def _clear_cooldowns(dependencies: Dependencies) -> None:
    """Clears expired cooldowns, so that the index contains these customers again and searches stay fast."""
    for _ in range(MOST_BATCHES):
        with dependencies.transactions() as session:
            if candidates.clear_cooldowns(session, limit=BATCH) < BATCH:
                return


def bring_forward(dependencies: Dependencies, *, batches: int) -> SweepResult:
    """Processes due items in batches. A failed item does not stop the others."""
    swept, seen = SweepResult(), set[UUID]()
    for _ in range(batches):
        with dependencies.transactions() as session:
            items = [item for item in due.due(session, limit=BATCH) if item.id not in seen]
        if not items:
            break
        seen.update(item.id for item in items)
        of = {what: [item for item in items if item.what is what] for what in DueKind}
        if of[DueKind.DELIVERIES]:
            _publish_delivery(dependencies)
        if of[DueKind.OUTBOX_ROW]:
            republish(dependencies.transactions, dependencies.gates, limit=BATCH)
        if of[DueKind.SEARCH]:
            _take_up(dependencies, of[DueKind.SEARCH])
        for what in EVENT_OF:
            _decide_all(dependencies, of[what], swept)
    return swept


def _publish_delivery(dependencies: Dependencies) -> None:
    """Publishes a message that starts deliveries, unless such a message is waiting for a worker.

    Without this condition, each tick would add a message while no worker is running. The message needs no row,
    because deliveries stay due until they are claimed.
    """
    queue = QUEUE_OF["deliver_webhooks"]
    if not queue_lengths(dependencies.gates, [queue])[queue]:
        dependencies.transactions.publisher.publish_without_row("deliver_webhooks")


def _take_up(dependencies: Dependencies, items: list[DueRow]) -> None:
    """Adds a search task for each slot, unless such a task is already waiting in the queue."""
    with dependencies.transactions() as session:
        slot_ids = due.take_up_searches(session, [item.id for item in items])
        searches = [NewRow("send_next_offer", (id,), key=f"search_taken_up:{id}") for id in slot_ids]
        pending_tasks.add_all(session, searches)


def _decide_all(dependencies: Dependencies, items: list[DueRow], swept: SweepResult) -> None:
    for start in range(0, len(items), DECIDED_AT_ONCE):
        _decide(dependencies, items[start : start + DECIDED_AT_ONCE], swept)


def _decide(dependencies: Dependencies, items: list[DueRow], swept: SweepResult) -> None:
    """Decides all items together or, after a failure, one by one, so that only the failing item is skipped."""
    try:
        _decide_together(dependencies, items, swept)
    except Exception as error:
        if len(items) > 1:
            for item in items:
                _decide(dependencies, [item], swept)
            return
        log.exception("sweep_failed", what=items[0].what.value, id=str(items[0].id))
        swept.errors.append(FailedItem(id=str(items[0].id), error=type(error).__name__))


def _decide_together(dependencies: Dependencies, items: list[DueRow], swept: SweepResult) -> None:
    with dependencies.transactions() as session:
        about = {item.slot_opening_id: item for item in items if item.slot_opening_id}
        applied = [
            AppliedEvent(loaded, EVENT_OF[(item := about[loaded.recovery.slot.id]).what](item.id))
            for loaded in recoveries.load_many(session, list(about), offer_ids=[item.id for item in items])
        ]
        decisions = apply_events(session, dependencies, applied)
    for decision in decisions:
        _count(about[decision.recovery.slot.id], decision, swept)


def _count(item: DueRow, decision: Decision, swept: SweepResult) -> None:
    """Counts decisions about offers for open slots, and at most one search for each slot."""
    if item.what is not DueKind.OFFER:
        return
    ended = [a.offer for a in (decision.recovery.current, decision.recovery.past) if a.offer is not None]
    swept.total += 1
    swept.expired += any(offer.id == item.id and offer.status is OfferStatus.EXPIRED for offer in ended)
    swept.triggered += any(isinstance(effect, AskNext) for effect in decision.effects)


EVENT_OF: dict[DueKind, Callable[[UUID], ev.Event]] = {
    DueKind.OFFER: ev.OfferDeadlinePassed,
    DueKind.LEFTOVER: ev.OfferDeadlinePassed,
    DueKind.OPT_OUT: ev.CustomerOptedOut,
    DueKind.HOLD: ev.HoldDeadlinePassed,
}
