"""Records actions of the signed-in member of staff in the audit log."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from dashboard.shop.access.session_access import signed_in
from db import audit


def note_action(rows: Session, event: str, reason: str, *, customer_id: UUID | None = None, **more: Any) -> None:
    """Adds an entry for this shop with the member as actor. `more` contains other fields of `AuditEntry`."""
    me, detail = signed_in(), {"customer": str(customer_id)} if customer_id else {}
    audit.note(rows, event=event, reason=reason, shop_id=me.shop.id, actor=me.actor, detail=detail, **more)
