"""The hands: turns what a decision wants done into rows, in the decision's own transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from db import audit, notifications, pending_tasks
from db.pending_tasks import NewRow
from db.recoveries import Loaded
from db.staff_alerts import ALARMING
from domain.effects import (
    AskNext,
    CancelPayment,
    CreatePayment,
    Effect,
    NotifyStaff,
    RefundPayment,
    SendText,
)
from domain.templates import TextKind
from worker.messages.compose_text import TextSubject, write_text

ABOUT_AN_OFFER = frozenset({TextKind.OFFER, TextKind.TOO_LATE})
ABOUT_A_PAYMENT = frozenset({TextKind.REFUND_APOLOGY})


@dataclass(frozen=True, slots=True)
class RecoveryEffects:
    """What is wanted for one recovery, which stands as it was decided."""

    loaded: Loaded
    effects: tuple[Effect, ...]


def write_effects(session: Session, wanted: list[RecoveryEffects], *, app_url: str) -> None:
    """Writes each effect down. Nothing is done before the commit."""
    tasks: list[NewRow] = []
    for one in wanted:
        for effect in one.effects:
            if name := TASK_OF.get(type(effect)):
                tasks.append(_task(name, one.loaded, effect))
            else:
                HANDS[type(effect)](session, one.loaded, effect, app_url)
    pending_tasks.add_all(session, tasks)


TASK_OF: dict[type[Effect], str] = {
    AskNext: "send_next_offer",
    CreatePayment: "create_payment",
    CancelPayment: "cancel_payment",
    RefundPayment: "refund_payment",
}


def _task(name: str, loaded: Loaded, effect: Effect) -> NewRow:
    """One task a payment at a time; a search may be wanted again while one is under way."""
    slot, payment_id = loaded.recovery.slot, getattr(effect, "payment_id", None)
    key = f"{name}:{payment_id}" if payment_id else None
    return NewRow(name, (payment_id or slot.id,), key=key, shop_id=slot.shop_id)


def _send_text(session: Session, loaded: Loaded, effect: SendText, app_url: str) -> None:
    slot = loaded.recovery.slot
    about = TextSubject(
        slot_opening_id=slot.id,
        slot_offer_id=effect.about if effect.kind in ABOUT_AN_OFFER else None,
        payment_id=effect.about if effect.kind in ABOUT_A_PAYMENT else None,
        appointment_id=None if effect.kind in ABOUT_AN_OFFER | ABOUT_A_PAYMENT else effect.about,
        starts_at=slot.starts_at,
        deposit=slot.deposit_cents,
        price=loaded.price_cents,
        currency=slot.currency,
    )
    purpose_key = f"{effect.kind.value}:{effect.about}"
    write_text(
        session, effect.kind, customer_id=effect.customer_id, purpose_key=purpose_key, about=about, app_url=app_url
    )


def _tell_staff(session: Session, loaded: Loaded, effect: NotifyStaff, app_url: str) -> None:
    notify_staff(
        session, shop_id=loaded.recovery.slot.shop_id, slot_opening_id=loaded.recovery.slot.id, effect=effect
    )


def notify_staff(
    session: Session,
    *,
    shop_id: UUID,
    effect: NotifyStaff,
    slot_opening_id: UUID | None = None,
    dedupe_key: str | None = None,
) -> None:
    """A line for the shop's bell, and an entry in the log with the same severity; once per `dedupe_key`."""
    if not notifications.notify(
        session,
        shop_id=shop_id,
        kind=effect.kind,
        text=effect.text,
        slot_opening_id=slot_opening_id,
        dedupe_key=dedupe_key,
    ):
        return
    audit.note(
        session,
        event=effect.kind,
        reason=effect.text,
        shop_id=shop_id,
        slot_opening_id=slot_opening_id,
        severity=effect.severity.value,
    )
    if effect.kind in ALARMING:
        pending_tasks.add(session, "alert_staff", shop_id, shop_id=shop_id)


HANDS: dict[type[Effect], Callable[..., None]] = {SendText: _send_text, NotifyStaff: _tell_staff}
