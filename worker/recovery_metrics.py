"""Counts ended offers and recoveries after the commit."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session

from domain.recovery import stage_of
from domain.state import Attempt, Offer, OfferStatus, Recovery, Stage
from telemetry import metrics


def count_once_committed(session: Session, changed: Sequence[tuple[Recovery, Recovery, datetime]]) -> None:
    """Counts the changes after the commit, unless the transaction is rolled back.

    `changed`: each recovery before and after the change, and the time of the change.
    """
    if changed:
        event.listen(session, "after_commit", lambda _: _count_all(changed), once=True)


def _count_all(changed: Sequence[tuple[Recovery, Recovery, datetime]]) -> None:
    for before, after, now in changed:
        for offer in _ended_offers(before, after):
            metrics.OFFERS.labels(offer.status.value).inc()
            if offer.status is OfferStatus.EXPIRED and offer.expires_at is not None:
                metrics.EXPIRY_LAG.observe(max(0.0, (now - offer.expires_at).total_seconds()))
        if stage_of(before) is not stage_of(after):
            _count_stage(after, now)


def _ended_offers(before: Recovery, after: Recovery) -> Iterator[Offer]:
    were = {attempt.offer.id: attempt.offer for attempt in _attempts(before) if attempt.offer}
    for offer in (attempt.offer for attempt in _attempts(after) if attempt.offer):
        was = were.get(offer.id)
        if not offer.live and (was is None or was.status is not offer.status):
            yield offer


def _attempts(recovery: Recovery) -> tuple[Attempt, Attempt]:
    return recovery.current, recovery.past


def _count_stage(after: Recovery, now: datetime) -> None:
    slot, stage = after.slot, stage_of(after)
    if stage is Stage.CLOSED:
        metrics.RECOVERIES.labels(slot.closed_as.value if slot.closed_as else "closed").inc()
    elif stage is Stage.RECOVERED:
        metrics.RECOVERIES.labels("sold").inc()
        if (began := slot.cancelled_at or slot.freed_at) is not None:
            metrics.FILL_SECONDS.observe(max(0.0, (now - began).total_seconds()))
