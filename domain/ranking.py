"""The order in which eligible customers are asked: latest settled booking first, then by id.

db/sql/candidates_page.sql sorts by the same key so that Postgres can read an index in order;
tests/db/test_candidates_agree.py compares the two on generated shops.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

NEVER = datetime.min.replace(tzinfo=UTC)


def rank(last_settled_at: datetime | None, customer_id: UUID) -> tuple[bool, timedelta, str]:
    """A sort key; smaller keys are asked earlier. Customers without a settled booking come last.

    `last_settled_at` is the start of the customer's latest settled appointment.
    """
    since = (last_settled_at or NEVER) - NEVER
    return (last_settled_at is None, -since, str(customer_id))
