"""Applies events to recoveries: loads them under a lock, decides, saves, and writes the audit log and the effects.

Each effect becomes a row in the same transaction as the decision.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import audit
from db.appointments import slot_times
from db.audit import AuditEntry
from db.messages.message_drafts import purpose_key
from db.recoveries import due, move_ups, recoveries, recovery_changes
from db.recoveries.recoveries import Loaded
from db.recoveries.recovery_changes import RecoveryChange
from db.tasks import pending_tasks
from db.tasks.pending_tasks import NewRow
from domain.effects import (
    AskNext,
    CancelPayment,
    CreatePayment,
    Effect,
    NotifyStaff,
    OpenRemainingTime,
    RefundPayment,
    ReplaceAppointment,
    SendText,
    WriteBack,
)
from domain.events import Event
from domain.pace import SHORT_WINDOW
from domain.recovery import Decision, decide, stage_of
from domain.replacing import replace
from domain.state import Attempt, OfferStatus, Recovery, deposit_for
from messaging.senders import Senders
from messaging.staff_notifications import notify_staff
from messaging.write_text import TextSubject, write_text
from telemetry import logs
from worker import recovery_metrics
from worker.dependencies import Dependencies

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AppliedEvent:
    """An event and the loaded and locked recovery to which it belongs."""

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
    """Applies an event to a recovery. Returns None for an unknown slot. On a StaleStateError, roll back and retry."""
    loaded = recoveries.load(session, slot_opening_id, offer_id=offer_id, payment_id=payment_id)
    return None if loaded is None else apply_event_to(session, dependencies, loaded, event, actor=actor)


def apply_event_to(
    session: Session, dependencies: Dependencies, loaded: Loaded, event: Event, *, actor: str = "system"
) -> Decision:
    """Applies an event to a recovery that is already loaded and locked."""
    logs.bind(slot_opening_id=loaded.recovery.slot.id)
    (decision,) = apply_events(session, dependencies, [AppliedEvent(loaded, event, actor)])
    return decision


def apply_events(session: Session, dependencies: Dependencies, applied: list[AppliedEvent]) -> list[Decision]:
    """Applies events to several different recoveries, with one statement for each kind of row."""
    decisions = [_decided(one) for one in applied]
    changes, counted, entries = [], [], []
    effects: list[tuple[Loaded, Effect]] = []
    for one, decision in zip(applied, decisions, strict=True):
        before, after = one.loaded.recovery, decision.recovery
        if after != before:
            changes.append(RecoveryChange(before, after, decision.reason))
            counted.append((before, after, one.loaded.now))
        if after != before or decision.effects:
            entries.append(_entry(one, decision))
            new = replace(one.loaded, recovery=after)
            effects += [(new, effect) for effect in decision.effects]
    recovery_changes.save(session, changes)
    recovery_metrics.count_once_committed(session, counted)
    _wake(session, applied, decisions)
    audit.note_all(session, entries)
    _write_effects(session, effects, dependencies.senders)
    return decisions


def _wake(session: Session, applied: list[AppliedEvent], decisions: list[Decision]) -> None:
    """Resumes searches for other slots that may be waiting for a customer whose offer ended without a cooldown."""
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
    """Returns the attempt to which an event belongs. A late payment or reply belongs to an earlier attempt."""
    past = recovery.past
    of_past = {row.id for row in (past.offer, past.payment) if row is not None}
    about = {getattr(event, name, None) for name in ("offer_id", "payment_id")}
    return past if of_past & about else recovery.current


def _write_effects(session: Session, effects: list[tuple[Loaded, Effect]], senders: Senders) -> None:
    """Writes a row for each effect. Messages are sent and tasks are published only after the commit."""
    tasks: list[NewRow] = []
    for loaded, effect in effects:
        if name := TASK_OF.get(type(effect)):
            tasks.append(_task(name, loaded, effect))
        else:
            WRITERS[type(effect)](session, loaded, effect, senders)
    pending_tasks.add_all(session, tasks)


TASK_OF: dict[type[Effect], str] = {
    AskNext: "send_next_offer",
    WriteBack: "write_back",
    CreatePayment: "create_payment",
    CancelPayment: "cancel_payment",
    RefundPayment: "refund_payment",
}


def _task(name: str, loaded: Loaded, effect: Effect) -> NewRow:
    """Returns the row of the task for an effect.

    A payment or booking has at most one pending task of each kind. A search can be requested while another is
    running.
    """
    slot = loaded.recovery.slot
    id = getattr(effect, "payment_id", None) or getattr(effect, "appointment_id", None)
    return NewRow(name, (id or slot.id,), key=f"{name}:{id}" if id else None, shop_id=slot.shop_id)


def _write_text(session: Session, loaded: Loaded, effect: SendText, senders: Senders) -> None:
    write_text(
        session,
        effect.kind,
        customer_id=effect.customer_id,
        purpose_key=purpose_key(effect.kind.value, effect.subject_id),
        subject=text_subject(loaded, effect),
        senders=senders,
    )


def text_subject(loaded: Loaded, effect: SendText) -> TextSubject:
    """Returns the rows and facts that a text about this recovery refers to."""
    slot, offer = loaded.recovery.slot, loaded.recovery.current.offer
    deposit = deposit_for(slot, offer)
    short = offer is not None and offer.id == effect.slot_offer_id and offer.window and offer.window < SHORT_WINDOW
    return TextSubject(
        slot_opening_id=slot.id,
        slot_offer_id=effect.slot_offer_id,
        appointment_id=effect.appointment_id,
        payment_id=effect.payment_id,
        starts_at=slot.starts_at,
        kept_until=offer.expires_at if offer is not None and short else None,
        moving_from=offer.move.starts_at if offer is not None and offer.move is not None else None,
        deposit=deposit.cents,
        price=loaded.price_cents if deposit.currency == slot.currency else None,
        currency=deposit.currency,
    )


def _notify_staff(session: Session, loaded: Loaded, effect: NotifyStaff, _senders: Senders) -> None:
    slot = loaded.recovery.slot
    notify_staff(session, shop_id=slot.shop_id, slot_opening_id=slot.id, effect=effect)


def _replace_appointment(session: Session, loaded: Loaded, effect: ReplaceAppointment, _senders: Senders) -> None:
    slot = loaded.recovery.slot
    move_ups.replace_appointment(
        session, effect.appointment_id, by=effect.booking_id, shop_id=slot.shop_id, slot_opening_id=slot.id
    )


def _open_remaining_time(session: Session, loaded: Loaded, effect: OpenRemainingTime, _senders: Senders) -> None:
    slot_times.open_remaining_time(session, loaded.recovery.slot.id, effect.starts_at, effect.ends_at)


WRITERS: dict[type[Effect], Callable[..., None]] = {
    SendText: _write_text,
    NotifyStaff: _notify_staff,
    ReplaceAppointment: _replace_appointment,
    OpenRemainingTime: _open_remaining_time,
}
