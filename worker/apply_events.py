"""Applies events to recoveries: loads them under a lock, decides, saves, and writes the audit log and the effects."""

from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import audit
from db.audit import AuditEntry
from db.recoveries import due, recoveries, recovery_changes
from db.recoveries.recoveries import Loaded
from db.recoveries.recovery_changes import RecoveryChange
from domain.events import Event
from domain.recovery import Decision, decide, stage_of
from domain.state import Attempt, OfferStatus, Recovery
from telemetry import logs
from worker import recovery_metrics
from worker.dependencies import Dependencies
from worker.effect_rows import RecoveryEffects, write_effects

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AppliedEvent:
    """One event and its recovery, loaded and locked."""

    loaded: Loaded
    event: Event
    actor: str = "system"


def apply_event(
    session: Session,
    dependencies: Dependencies,
    slot_opening_id: UUID,
    event: Event,
    *,
    offer_id: UUID | None = None,
    payment_id: UUID | None = None,
    actor: str = "system",
) -> Decision | None:
    """Decides and saves. Returns None for an unknown slot. On StaleStateError, roll back and run again."""
    loaded = recoveries.load(session, slot_opening_id, offer_id=offer_id, payment_id=payment_id)
    return None if loaded is None else apply_event_to(session, dependencies, loaded, event, actor=actor)


def apply_event_to(
    session: Session, dependencies: Dependencies, loaded: Loaded, event: Event, *, actor: str = "system"
) -> Decision:
    """Decides and saves for a recovery that is loaded and locked."""
    logs.bind(slot_opening_id=loaded.recovery.slot.id)
    (decision,) = apply_events(session, dependencies, [AppliedEvent(loaded, event, actor)])
    return decision


def apply_events(session: Session, dependencies: Dependencies, applied: list[AppliedEvent]) -> list[Decision]:
    """Decides and saves for many different recoveries, with one statement for each kind of row."""
    decisions = [_decided(one) for one in applied]
    changes, counted, entries, effects = [], [], [], []
    for one, decision in zip(applied, decisions, strict=True):
        before, after = one.loaded.recovery, decision.recovery
        if after != before:
            changes.append(RecoveryChange(before, after, decision.reason))
            counted.append((before, after, one.loaded.now))
        if after != before or decision.effects:
            entries.append(_entry(one, decision))
            effects.append(RecoveryEffects(replace(one.loaded, recovery=after), decision.effects))
    recovery_changes.save(session, changes)
    recovery_metrics.count_once_committed(session, counted)
    _wake(session, applied, decisions)
    audit.note_all(session, entries)
    write_effects(session, effects, senders=dependencies.senders)
    return decisions


def _wake(session: Session, applied: list[AppliedEvent], decisions: list[Decision]) -> None:
    """Resumes searches of other slots that may wait for a customer whose offer has ended without a cooldown."""
    pairs = zip(applied, decisions, strict=True)
    shops = {one.loaded.recovery.slot.shop_id for one, decision in pairs if _frees_customer(one.loaded, decision)}
    if shops:
        decided = [one.loaded.recovery.slot.id for one in applied]
        due.wake_searches(session, list(shops), but=decided)


def _frees_customer(loaded: Loaded, decision: Decision) -> bool:
    before, after = loaded.recovery.current.offer, decision.recovery.current.offer
    if before is None or after is None or before.id != after.id or not before.live or after.live:
        return False
    return after.status is OfferStatus.FAILED or not loaded.policy.cooldown


def _decided(one: AppliedEvent) -> Decision:
    decision = decide(one.loaded.recovery, one.event, now=one.loaded.now, policy=one.loaded.policy)
    log.info(
        "decided",
        slot_opening_id=str(one.loaded.recovery.slot.id),
        happened=type(one.event).__name__,
        stage=stage_of(decision.recovery).value,
        reason=decision.reason,
    )
    return decision


def _entry(one: AppliedEvent, decision: Decision) -> AuditEntry:
    slot, attempt = decision.recovery.slot, _attempt_of(one.event, decision.recovery)
    return AuditEntry(
        event=type(one.event).__name__,
        reason=decision.reason,
        shop_id=slot.shop_id,
        slot_opening_id=slot.id,
        slot_offer_id=getattr(one.event, "offer_id", None) or (attempt.offer.id if attempt.offer else None),
        appointment_id=attempt.booking.id if attempt.booking else None,
        actor=one.actor,
        detail={"stage": stage_of(decision.recovery).value},
    )


def _attempt_of(event: Event, recovery: Recovery) -> Attempt:
    """Returns the attempt of an event. A late payment or reply belongs to an earlier attempt than the current one."""
    past = recovery.past
    of_past = {row.id for row in (past.offer, past.payment) if row is not None}
    about = {getattr(event, name, None) for name in ("offer_id", "payment_id")}
    return past if of_past & about else recovery.current
