"""The last run of each periodic job."""

import datetime as dt

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import JsonList, ModelRecord, Number, filled


class JobRun(ModelRecord):
    """One job. `done` is the number of processed items. After `overdue_at`, the job has missed two runs.

    If `started_at` is null, the job is registered but has never run.
    """

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[dt.datetime | None] = filled("clock_now()")
    ended_at: Mapped[dt.datetime | None]
    done: Mapped[Number]
    errors: Mapped[JsonList] = filled("'[]'")
    next_run_at: Mapped[dt.datetime | None]
    overdue_at: Mapped[dt.datetime | None]

    __table_args__ = (CheckConstraint("jsonb_typeof(errors) = 'array'", name="job_runs_errors_is_list"),)
