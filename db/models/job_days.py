"""Up to which local day a nightly job is done in each time zone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import ModelRecord


class JobDay(ModelRecord):
    """One job in one zone. `timezone` is as the shops have it, typing errors included."""

    __tablename__ = "job_days"

    job: Mapped[str] = mapped_column(primary_key=True)
    timezone: Mapped[str] = mapped_column(primary_key=True)
    done_for: Mapped[dt.date]
