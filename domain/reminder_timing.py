"""The kinds of reminders, and the times at which they may be sent."""

from datetime import datetime, time, timedelta

from domain.quiet_hours import quiet_until
from domain.templates import TextKind

REMINDERS = frozenset({TextKind.BOOKING_REMINDER, TextKind.PAYMENT_REMINDER})
"""The purposes of reminders.

Customers can unsubscribe from reminders. A reminder is not sent after its appointment was moved or cancelled.
"""


def wait_until(
    now: datetime,
    *,
    starts_at: datetime,
    zone: str | None,
    quiet_from: time | None,
    quiet_ends: time | None,
    phone: str | None,
) -> datetime | None:
    """Returns the end (UTC) of the recipient's quiet hours on any channel, or None outside the quiet hours.

    Returns `starts_at` if the quiet hours end later, because a reminder is useless after the start.
    """
    ends = quiet_until(now, zone=zone, quiet_from=quiet_from, quiet_until=quiet_ends, phone=phone)
    return None if ends is None else min(ends, max(starts_at, now))


LONGEST, STEP = timedelta(hours=1), timedelta(minutes=5)


def deliverable_for(
    now: datetime, *, zone: str | None, quiet_from: time | None, quiet_ends: time | None, phone: str | None
) -> timedelta:
    """Returns how long a carrier may try to deliver a message: until the next quiet hours, but at most an hour."""
    tried = LONGEST
    while tried > STEP and quiet_until(
        now + tried, zone=zone, quiet_from=quiet_from, quiet_until=quiet_ends, phone=phone
    ):
        tried -= STEP
    return tried
