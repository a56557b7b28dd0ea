"""Whether a reminder may go now, and which texts are reminders."""

from datetime import datetime, time, timedelta

from domain.quiet_hours import quiet_until
from domain.templates import TextKind

REMINDERS = frozenset({TextKind.BOOKING_REMINDER, TextKind.PAYMENT_REMINDER})
"""What customers can unsubscribe from, and what is pointless once its appointment is moved or cancelled."""


def wait_until(
    now: datetime,
    *,
    starts_at: datetime,
    zone: str | None,
    quiet_from: time | None,
    quiet_ends: time | None,
    phone: str | None,
) -> datetime | None:
    """None when it may go at once, else when the recipient's night ends (UTC). All channels keep quiet then.

    A night that ends after the start ends at the start: then there is nothing to remind of any more.
    """
    ends = quiet_until(now, zone=zone, quiet_from=quiet_from, quiet_until=quiet_ends, phone=phone)
    return None if ends is None else min(ends, max(starts_at, now))


A_WHILE, STEP = timedelta(hours=1), timedelta(minutes=5)


def deliverable_for(
    now: datetime, *, zone: str | None, quiet_from: time | None, quiet_ends: time | None, phone: str | None
) -> timedelta:
    """How long a carrier may try to deliver what it is given now: until the night begins, an hour at most."""
    tried = A_WHILE
    while tried > STEP and quiet_until(
        now + tried, zone=zone, quiet_from=quiet_from, quiet_until=quiet_ends, phone=phone
    ):
        tried -= STEP
    return tried
