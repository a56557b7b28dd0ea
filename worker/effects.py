"""The hands: turns what a decision wants done into rows, in the decision's own transaction."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from db import audit, notifications, pending_tasks
from db.recoveries import Loaded
from domain.effects import (
    AskNext,
    CancelPayment,
    CreatePayment,
    Effect,
    RefundPayment,
    SendText,
    TellStaff,
)
from domain.templates import Kind
from worker.texts import About, write_text

ABOUT_AN_OFFER = frozenset({Kind.OFFER, Kind.TOO_LATE})
ABOUT_A_PAYMENT = frozenset({Kind.REFUND_APOLOGY})


def enlist(session: Session, loaded: Loaded, effects: tuple[Effect, ...], *, app_url: str) -> None:
    """Writes each effect down. Nothing is done before the commit."""
    for effect in effects:
        HANDS[type(effect)](session, loaded, effect, app_url)


def _ask_next(session: Session, loaded: Loaded, effect: AskNext, app_url: str) -> None:
    slot = loaded.recovery.slot
    pending_tasks.add(session, "send_next_offer", slot.id, shop_id=slot.shop_id)


def _pay_task(name: str) -> Callable[[Session, Loaded, CreatePayment, str], None]:
    def add(session: Session, loaded: Loaded, effect: CreatePayment, app_url: str) -> None:
        key = f"{name}:{effect.payment_id}"
        pending_tasks.add(session, name, effect.payment_id, key=key, shop_id=loaded.recovery.slot.shop_id)

    return add


def _send_text(session: Session, loaded: Loaded, effect: SendText, app_url: str) -> None:
    slot = loaded.recovery.slot
    about = About(
        slot_opening_id=slot.id,
        slot_offer_id=effect.about if effect.kind in ABOUT_AN_OFFER else None,
        payment_id=effect.about if effect.kind in ABOUT_A_PAYMENT else None,
        appointment_id=None if effect.kind in ABOUT_AN_OFFER | ABOUT_A_PAYMENT else effect.about,
        starts_at=slot.starts_at,
        deposit=slot.deposit_cents,
        price=loaded.price_cents,
    )
    purpose_key = f"{effect.kind.value}:{effect.about}"
    write_text(
        session, effect.kind, customer_id=effect.customer_id, purpose_key=purpose_key, about=about, app_url=app_url
    )


def _tell_staff(session: Session, loaded: Loaded, effect: TellStaff, app_url: str) -> None:
    tell_staff(session, shop_id=loaded.recovery.slot.shop_id, slot_opening_id=loaded.recovery.slot.id, effect=effect)


def tell_staff(
    session: Session,
    *,
    shop_id: UUID,
    effect: TellStaff,
    slot_opening_id: UUID | None = None,
    dedupe_key: str | None = None,
) -> None:
    """A line for the shop's bell, and an entry in the log with the same severity; once per `dedupe_key`."""
    if not notifications.tell(
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
        because=effect.text,
        shop_id=shop_id,
        slot_opening_id=slot_opening_id,
        severity=effect.severity.value,
    )


HANDS: dict[type[Effect], Callable[..., None]] = {
    AskNext: _ask_next,
    SendText: _send_text,
    CreatePayment: _pay_task("create_payment"),
    CancelPayment: _pay_task("cancel_payment"),
    RefundPayment: _pay_task("refund_payment"),
    TellStaff: _tell_staff,
}
