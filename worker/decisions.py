"""One event happens to one recovery: load it locked, decide, save, note why, write down what is to be done."""

from dataclasses import replace
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from db import audit, recoveries
from db.recoveries import Loaded
from domain.events import Event
from domain.recovery import Decision, decide, stage_of
from worker.effects import enlist
from worker.tools import Tools

log = structlog.get_logger()


def happens(
    session: Session,
    tools: Tools,
    slot_opening_id: UUID,
    event: Event,
    *,
    offer_id: UUID | None = None,
    payment_id: UUID | None = None,
    actor: str = "system",
) -> Decision | None:
    """Decides and saves; None when there is no such slot. Raises recoveries.Stale: roll back and run again."""
    loaded = recoveries.load(session, slot_opening_id, offer_id=offer_id, payment_id=payment_id)
    return None if loaded is None else happens_to(session, tools, loaded, event, actor=actor)


def happens_to(session: Session, tools: Tools, loaded: Loaded, event: Event, *, actor: str = "system") -> Decision:
    """The same for a recovery that is loaded and locked already."""
    before = loaded.recovery
    decision = decide(before, event, now=loaded.now, policy=loaded.policy)
    changed = decision.recovery != before
    log.info(
        "decided",
        slot_opening_id=str(before.slot.id),
        happened=type(event).__name__,
        stage=stage_of(decision.recovery).value,
        because=decision.because,
    )
    if changed:
        recoveries.save(session, before, decision.recovery, because=decision.because)
    if changed or decision.effects:
        _note(session, decision, event, actor)
        enlist(session, replace(loaded, recovery=decision.recovery), decision.effects, app_url=tools.app_url)
    return decision


def _note(session: Session, decision: Decision, event: Event, actor: str) -> None:
    slot, attempt = decision.recovery.slot, decision.recovery.current
    offer_id = getattr(event, "offer_id", None) or (attempt.offer.id if attempt.offer else None)
    audit.note(
        session,
        event=type(event).__name__,
        because=decision.because,
        shop_id=slot.shop_id,
        slot_opening_id=slot.id,
        slot_offer_id=offer_id,
        appointment_id=attempt.booking.id if attempt.booking else None,
        actor=actor,
        detail={"stage": stage_of(decision.recovery).value},
    )
