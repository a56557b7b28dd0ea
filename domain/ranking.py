"""The order in which eligible customers are asked. Each customer belongs to one of three lines.

Customers on the waiting list are asked first, sorted by priority and then by waiting time. Customers who can be moved
up are asked next, sorted by the start of their later appointment. All other customers are asked last, beginning with
the latest settled booking. Ties are broken by id.

db/sql/candidates_page.sql sorts by the same key, so that Postgres can read indexes in order.
tests/db/test_candidates_agree.py compares both implementations on generated shops.
"""

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from domain.move_up import LaterBooking
from domain.wishes import Wish

NEVER = datetime.min.replace(tzinfo=UTC)


class Line(IntEnum):
    """The groups of customers, in the order in which they are asked."""

    WAITING = 1
    MOVING = 2
    OTHERS = 3


Rank = tuple[Line, int, datetime, bool, timedelta, str]


def rank(
    last_settled_at: datetime | None, customer_id: UUID, *, wish: Wish | None = None, move: LaterBooking | None = None
) -> Rank:
    """Returns a sort key. Customers with smaller keys are asked earlier.

    `last_settled_at` is the start of the customer's latest settled appointment; in the last line, customers without a
    settled appointment are asked last. `wish` is the customer's waiting-list entry that the slot matches, and `move`
    the later appointment that a YES moves.
    """
    if wish is not None:
        return (Line.WAITING, -wish.priority, wish.since, False, timedelta(0), str(customer_id))
    if move is not None:
        return (Line.MOVING, 0, move.starts_at, False, timedelta(0), str(customer_id))
    since = (last_settled_at or NEVER) - NEVER
    return (Line.OTHERS, 0, NEVER, last_settled_at is None, -since, str(customer_id))
