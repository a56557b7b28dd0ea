"""Everything that is due, brought forward: offers and holds that ran out, idle searches, lost bells.

The full sweep and the light tick between two sweeps do the same; only the sweep goes on until nothing is due, and
only one sweep runs at a time. Two ticks, or a tick and a sweep, at once are harmless: each item is decided under
its lock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import due, pending_tasks
from db.due import Due, What
from db.locks import advisory_lock
from domain import events as ev
from domain.effects import AskNext
from domain.recovery import Decision
from domain.state import OfferStatus
from worker.decisions import happens
from worker.tools import Tools

log = structlog.get_logger()

ONE_SWEEP_AT_A_TIME = 482174
BATCH = 500
MOST_BATCHES = 1000


@dataclass(slots=True)
class Swept:
    """What one run did; the answer of the expire-offers route."""

    total: int = 0
    expired: int = 0
    triggered: int = 0
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def answer(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "expired": self.expired,
            "triggered": self.triggered,
            "errors": self.errors,
        }


def sweep(tools: Tools) -> dict[str, Any]:
    """Until nothing is due any more, unless another sweep is at it."""
    with advisory_lock(tools.engine, ONE_SWEEP_AT_A_TIME) as ours:
        if not ours:
            return {"skipped": True, "reason": "locked"}
        return bring_forward(tools, batches=MOST_BATCHES).answer


def bring_forward(tools: Tools, *, batches: int) -> Swept:
    """Works through what is due, item by item: one that fails never stops the rest."""
    swept, seen = Swept(), set[UUID]()
    for _ in range(batches):
        with tools.transactions() as session:
            items = [item for item in due.due(session, limit=BATCH) if item.id not in seen]
        if not items:
            break
        if any(item.what is What.BELL for item in items):
            _ring_again(tools)
        for item in items:
            seen.add(item.id)
            if item.what is not What.BELL:
                _try(tools, item, swept)
    return swept


def _ring_again(tools: Tools) -> None:
    with tools.transactions() as session:
        waiting = pending_tasks.due(session, limit=BATCH)
        session.info[pending_tasks.BELLS] = waiting


def _try(tools: Tools, item: Due, swept: Swept) -> None:
    try:
        with tools.transactions() as session:
            decision = HANDLE[item.what](session, tools, item)
        _count(item, decision, swept)
    except Exception as error:
        log.exception("sweep_failed", what=item.what.value, id=str(item.id))
        swept.errors.append({"id": str(item.id), "error": type(error).__name__})


def _count(item: Due, decision: Decision | None, swept: Swept) -> None:
    """Only offers of open slots count; a next customer is asked once for a slot, not once for an offer."""
    if item.what is not What.OFFER or decision is None:
        return
    offer = decision.recovery.current.offer
    swept.total += 1
    swept.expired += offer is not None and offer.id == item.id and offer.status is OfferStatus.EXPIRED
    swept.triggered += any(isinstance(effect, AskNext) for effect in decision.effects)


def _offer(session: Session, tools: Tools, item: Due) -> Decision | None:
    assert item.slot_opening_id is not None  # noqa: S101 - the statement gives it
    return happens(session, tools, item.slot_opening_id, ev.OfferDeadlinePassed(item.id))


def _hold(session: Session, tools: Tools, item: Due) -> Decision | None:
    assert item.slot_opening_id is not None  # noqa: S101 - the statement gives it
    return happens(session, tools, item.slot_opening_id, ev.HoldDeadlinePassed(item.id))


def _search(session: Session, tools: Tools, item: Due) -> None:
    if due.take_up_search(session, item.id):
        pending_tasks.add(session, "send_next_offer", item.id)


HANDLE: dict[What, Callable[[Session, Tools, Due], Decision | None]] = {
    What.OFFER: _offer,
    What.LEFTOVER: _offer,
    What.HOLD: _hold,
    What.SEARCH: _search,
}
