"""The last local day for which each nightly job is done, by time zone."""

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import ModelRecord


class JobDay(ModelRecord):
    """One job in one time zone. `timezone` is stored as in the shops' rows, even if it is not valid."""

    __tablename__ = "job_days"

    job: Mapped[str] = mapped_column(primary_key=True)
    timezone: Mapped[str] = mapped_column(primary_key=True)
    done_for: Mapped[dt.date]
