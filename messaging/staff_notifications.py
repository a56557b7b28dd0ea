"""Notifies the shop's staff on the notifications page, in the audit log and, if it is urgent, by e-mail."""

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
    """Adds the notification and an audit entry of the same severity, once per `dedupe_key`.

    `reason`: the sentence in the audit log if the text of the notification names a customer.
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
