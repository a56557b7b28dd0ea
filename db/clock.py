"""What time it is: the database's clock, the only one that judges a deadline.

Statements write `(SELECT clock_timestamp())`. The subselect is evaluated once, so that an index can be used with it;
the bare call is volatile and is evaluated for each row. Not now(): that is frozen at the start of the transaction,
and an acceptance begun before a deadline could pass after it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def now(session: Session) -> dt.datetime:
    """The time of the database's clock, aware, in UTC."""
    moment: dt.datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(dt.UTC)
