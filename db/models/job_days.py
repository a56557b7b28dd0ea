"""The last local day for which a nightly job is done, per time zone."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import ModelRecord


class JobDay(ModelRecord):
    """One job in one zone. `timezone` is as stored for the shops, valid or not."""

    __tablename__ = "job_days"

    job: Mapped[str] = mapped_column(primary_key=True)
    timezone: Mapped[str] = mapped_column(primary_key=True)
    done_for: Mapped[dt.date]
