"""The lease of the beat process that publishes the schedule."""

import datetime as dt

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import ModelRecord


class BeatLease(ModelRecord):
    """The only row of the table. `holder` consists of the host, the pid and a random part."""

    __tablename__ = "beat_lease"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    holder: Mapped[str]
    expires_at: Mapped[dt.datetime]

    __table_args__ = (CheckConstraint("id", name="beat_lease_id_check"),)
