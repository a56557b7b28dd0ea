"""Writes the effects of decisions as rows, in the transaction of the decision."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db.appointments import slot_times
from db.messages.message_drafts import purpose_key
from db.recoveries import move_ups
from db.recoveries.recoveries import Loaded
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
from domain.pace import SHORT_WINDOW
from messaging.senders import Senders
from messaging.staff_notifications import notify_staff
from messaging.write_text import TextSubject, write_text


@dataclass(frozen=True, slots=True)
class RecoveryEffects:
    """The effects of a decision on one recovery, which is in its new state."""

    loaded: Loaded
    effects: tuple[Effect, ...]


def write_effects(session: Session, decided: list[RecoveryEffects], *, senders: Senders) -> None:
    """Writes a row for each effect. Nothing is sent or published before the commit."""
    tasks: list[NewRow] = []
    for one in decided:
        for effect in one.effects:
            if name := TASK_OF.get(type(effect)):
                tasks.append(_task(name, one.loaded, effect))
            else:
                WRITERS[type(effect)](session, one.loaded, effect, senders)
    pending_tasks.add_all(session, tasks)


TASK_OF: dict[type[Effect], str] = {
    AskNext: "send_next_offer",
    WriteBack: "write_back",
    CreatePayment: "create_payment",
    CancelPayment: "cancel_payment",
    RefundPayment: "refund_payment",
}


def _task(name: str, loaded: Loaded, effect: Effect) -> NewRow:
    """Adds a task.

    A payment or booking has one such task at a time; a search may be requested again while one is running.
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
    """Returns the rows and facts that this text of a recovery is about."""
    slot, offer = loaded.recovery.slot, loaded.recovery.current.offer
    short = offer is not None and offer.id == effect.slot_offer_id and offer.window and offer.window < SHORT_WINDOW
    return TextSubject(
        slot_opening_id=slot.id,
        slot_offer_id=effect.slot_offer_id,
        appointment_id=effect.appointment_id,
        payment_id=effect.payment_id,
        starts_at=slot.starts_at,
        kept_until=offer.expires_at if offer is not None and short else None,
        moving_from=offer.move.starts_at if offer is not None and offer.move is not None else None,
        deposit=slot.deposit_cents,
        price=loaded.price_cents,
        currency=slot.currency,
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
