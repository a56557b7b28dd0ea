"""Who is asked first: the most recent settled booking (by that appointment's start), then the id."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

NEVER = datetime.min.replace(tzinfo=UTC)


def rank(last_settled_at: datetime | None, customer_id: UUID) -> tuple[bool, timedelta, str]:
    """A sort key: smaller is asked earlier. Those without a settled booking come last."""
    since = (last_settled_at or NEVER) - NEVER
    return (last_settled_at is None, -since, str(customer_id))
