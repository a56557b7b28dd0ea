"""Notifies the shop's staff on the notifications page, in the audit log and, if urgent, by e-mail."""

from uuid import UUID

from sqlalchemy.orm import Session

from db import audit
from db.messages import notifications
from db.messages.staff_alerts import ALARMING
from db.tasks import pending_tasks
from domain.effects import NotifyStaff


def notify_staff(
    session: Session,
    *,
    shop_id: UUID,
    effect: NotifyStaff,
    reason: str | None = None,
    slot_opening_id: UUID | None = None,
    appointment_id: UUID | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Adds a notification and an audit entry with the same severity, once for each `dedupe_key`.

    `reason`: the sentence for the audit log if the notification contains the name of a customer.
    """
    if not notifications.notify(
        session,
        shop_id=shop_id,
        kind=effect.kind,
        text=effect.text,
        slot_opening_id=slot_opening_id,
        appointment_id=appointment_id,
        dedupe_key=dedupe_key,
    ):
        return
    audit.note(
        session,
        event=effect.kind,
        reason=reason or effect.text,
        shop_id=shop_id,
        slot_opening_id=slot_opening_id,
        appointment_id=appointment_id,
        severity=effect.severity.value,
    )
    if effect.kind in ALARMING:
        pending_tasks.add(session, "alert_staff", shop_id, shop_id=shop_id)
