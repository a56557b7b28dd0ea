"""The database's clock, the only clock that is compared with deadlines.

Statements use `(SELECT clock_timestamp())`. The subselect is evaluated once, so that an index can be used; the bare
call is volatile and is evaluated for each row. now() is not used, because it returns the start of the transaction:
an offer could then be accepted after its deadline.
"""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

NOW = select(func.clock_timestamp()).scalar_subquery()
"""`(SELECT clock_timestamp())` as an expression for statements on the models."""


def now(session: Session) -> dt.datetime:
    """Returns the database's current time, timezone-aware, in UTC."""
    moment: dt.datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(dt.UTC)
