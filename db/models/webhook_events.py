"""Webhooks from providers, recorded before the endpoint responds."""

import datetime as dt
import uuid

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, Json, ModelRecord, Words, filled, points_to


class WebhookEvent(ModelRecord):
    """One webhook, stored once even if the provider sends it several times.

    `outcome` is the result of handling the webhook. `reconciled` is true if the webhook never arrived, and the event
    was found in the provider's list instead.
    """

    __tablename__ = "webhook_events"

    id: Mapped[Id]
    provider: Mapped[str]
    event_id: Mapped[str]
    shop_id: Mapped[uuid.UUID | None] = points_to("shops")
    type: Mapped[Words]
    payload: Mapped[Json] = filled("'{}'")
    received_at: Mapped[Instant]
    handled_at: Mapped[dt.datetime | None] = mapped_column()
    outcome: Mapped[str | None]
    reconciled: Mapped[bool] = filled("false")

    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("webhook_events_unhandled_idx", "received_at", postgresql_where=text("handled_at IS NULL")),
        Index(None, "received_at"),
        Index(
            "webhook_events_email_idx",
            text("(payload #>> '{data,email_id}')"),
            postgresql_where=text("provider = 'resend'"),
        ),
        Index(
            "webhook_events_about_intent_idx",
            text("coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}')"),
            postgresql_where=text("provider = 'stripe'"),
        ),
    )
