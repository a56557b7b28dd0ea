"""The order in which eligible customers are asked, in three lines.

The waiting list comes first, by priority and then by waiting time. Customers with a later appointment who can be
moved up come next, by the time of that appointment. All others come last, by the latest settled booking. Ties are
broken by id.
db/sql/candidates_page.sql sorts by the same key so that Postgres can read indexes in order;
tests/db/test_candidates_agree.py compares the two on generated shops.
"""

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from domain.move_up import LaterBooking
from domain.wishes import Wish

NEVER = datetime.min.replace(tzinfo=UTC)


class Line(IntEnum):
    """The group in which a customer is asked."""

    WAITING = 1
    MOVING = 2
    OTHERS = 3


Rank = tuple[Line, int, datetime, bool, timedelta, str]


def rank(
    last_settled_at: datetime | None, customer_id: UUID, *, wish: Wish | None = None, move: LaterBooking | None = None
) -> Rank:
    """A sort key; customers with smaller keys are asked earlier.

    Without a wish, customers without a settled booking come last.

    `last_settled_at` is the start of the customer's latest settled appointment. `wish` is the customer's waiting-list
    entry that the slot matches, `move` the later appointment that a YES moves.
    """
    if wish is not None:
        return (Line.WAITING, -wish.priority, wish.since, False, timedelta(0), str(customer_id))
    if move is not None:
        return (Line.MOVING, 0, move.starts_at, False, timedelta(0), str(customer_id))
    since = (last_settled_at or NEVER) - NEVER
    return (Line.OTHERS, 0, NEVER, last_settled_at is None, -since, str(customer_id))
