"""The progress of reading the providers' lists."""

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import ModelRecord


class Reconciled(ModelRecord):
    """One list, which was read up to `until`. `source` is `texts:<number>` or `events`."""

    __tablename__ = "reconciled"

    source: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[dt.datetime]
