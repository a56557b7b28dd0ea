"""The kinds of reminders, and the time at which one may be sent."""

from datetime import datetime, time, timedelta

from domain.quiet_hours import quiet_until
from domain.templates import TextKind

REMINDERS = frozenset({TextKind.BOOKING_REMINDER, TextKind.PAYMENT_REMINDER})
"""Customers can unsubscribe from these. None is sent after its appointment is moved or cancelled."""


def wait_until(
    now: datetime,
    *,
    starts_at: datetime,
    zone: str | None,
    quiet_from: time | None,
    quiet_ends: time | None,
    phone: str | None,
) -> datetime | None:
    """The end of the recipient's quiet hours (UTC), which apply to all channels; None outside of them.

    It is never later than `starts_at`, after which a reminder is useless.
    """
    ends = quiet_until(now, zone=zone, quiet_from=quiet_from, quiet_until=quiet_ends, phone=phone)
    return None if ends is None else min(ends, max(starts_at, now))


LONGEST, STEP = timedelta(hours=1), timedelta(minutes=5)


def deliverable_for(
    now: datetime, *, zone: str | None, quiet_from: time | None, quiet_ends: time | None, phone: str | None
) -> timedelta:
    """How long a carrier may try to deliver a message sent now: until the quiet hours, but at most an hour."""
    tried = LONGEST
    while tried > STEP and quiet_until(
        now + tried, zone=zone, quiet_from=quiet_from, quiet_until=quiet_ends, phone=phone
    ):
        tried -= STEP
    return tried
