"""How far the lists of the providers have been read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Mapped, mapped_column

from db.models.record import ModelRecord


class Reconciled(ModelRecord):
    """One list. What it holds until then has been recorded; `source` is `texts:<number>` or `events`."""

    __tablename__ = "reconciled"

    source: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[dt.datetime]
