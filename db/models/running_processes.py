"""The processes that are running or were killed."""

import datetime as dt

from sqlalchemy.orm import Mapped

from db.models.record import Id, ModelRecord, filled


class RunningProcess(ModelRecord):
    """One process.

    `name` is web, worker NAME, beat or metrics. `stopped_at` is the time at which the process ended as requested.
    """

    __tablename__ = "running_processes"

    id: Mapped[Id]
    name: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[dt.datetime] = filled("pg_catalog.clock_timestamp()")
    seen_at: Mapped[dt.datetime] = filled("pg_catalog.clock_timestamp()")
    stopped_at: Mapped[dt.datetime | None]
