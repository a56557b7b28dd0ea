"""The database's clock, which is the only one that is compared with deadlines.

Statements use `(SELECT clock_timestamp())`. The subselect is evaluated once, so an index can be used; the bare call
is volatile and evaluated for each row. now() is not used: it is fixed at the start of the transaction, so an
acceptance could succeed after its deadline.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

NOW = select(func.clock_timestamp()).scalar_subquery()
"""`(SELECT clock_timestamp())` in a statement on the models."""


def now(session: Session) -> dt.datetime:
    """Returns the time of the database's clock, in UTC and timezone-aware."""
    moment: dt.datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(dt.UTC)
