"""The audit log of decisions and their reasons. Only the clean-up deletes entries, and none is ever changed."""

import uuid

from sqlalchemy import BigInteger, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Json, ModelRecord, PartitionKey, Words, by_month, filled, one_of

ORDER = Sequence("audit_logs_order", metadata=ModelRecord.metadata)


class AuditLog(ModelRecord):
    """One event with its reason. It has no foreign keys, so that rows to which it refers can be deleted."""

    __tablename__ = "audit_logs"

    id: Mapped[Id]
    seq: Mapped[int] = mapped_column(BigInteger(), ORDER, server_default=ORDER.next_value())
    shop_id: Mapped[uuid.UUID | None]
    slot_opening_id: Mapped[uuid.UUID | None]
    slot_offer_id: Mapped[uuid.UUID | None]
    appointment_id: Mapped[uuid.UUID | None]
    actor: Mapped[str] = filled("'system'")
    event: Mapped[Words]
    severity: Mapped[str] = filled("'info'")
    because: Mapped[Words]
    detail: Mapped[Json] = filled("'{}'")
    created_at: Mapped[PartitionKey]

    __table_args__ = (
        one_of("audit_logs", "severity", "debug", "info", "warning", "error", "critical"),
        Index(None, "slot_opening_id", "seq"),
        Index(None, "appointment_id", "seq"),
        Index(None, "shop_id", "seq"),
        Index(
            "audit_logs_passing_idx",
            "created_at",
            postgresql_where=text("severity <> 'critical' AND event !~* 'payment|refund|deposit|dispute'"),
        ),
        by_month("created_at"),
    )
