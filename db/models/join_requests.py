"""Requests to join a waiting list, which are kept until the phone is verified with a texted code."""

import datetime as dt

from sqlalchemy import Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import Id, Instant, Json, ModelRecord, Number, ShopId, Words, filled


class JoinRequest(ModelRecord):
    """One request, whose code is derived from a secret key, the id and the nonce. `wishes` are columns of an entry.

    `consents` contains the wording of each ticked box by channel. `email` is the e-mail address, if the box for
    e-mails is ticked.
    """

    __tablename__ = "join_requests"

    id: Mapped[Id]
    shop_id: Mapped[ShopId]
    name: Mapped[Words]
    phone: Mapped[str]
    line: Mapped[str] = mapped_column(Computed("COALESCE(phone_line(phone), phone)", persisted=True))
    locale: Mapped[str | None]
    wishes: Mapped[Json] = filled("'{}'")
    consents: Mapped[Json] = filled("'{}'")
    email: Mapped[str | None]
    consent_wording: Mapped[Words]
    consent_version: Mapped[Words]
    consent_address: Mapped[Words]
    visitor: Mapped[Words]
    browser_hash: Mapped[Words]
    nonce: Mapped[str] = filled("random_token()")
    attempts: Mapped[Number]
    expires_at: Mapped[dt.datetime] = filled("clock_now() + interval '10 minutes'")
    used_at: Mapped[dt.datetime | None]
    created_at: Mapped[Instant]

    __table_args__ = (
        Index(None, "line", "created_at"),
        Index(None, "visitor", "created_at"),
        Index(None, "shop_id", "created_at"),
        Index(None, "created_at"),
        Index(
            "join_requests_email_idx",
            text("lower(email)"),
            "created_at",
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index(None, "expires_at"),
    )
