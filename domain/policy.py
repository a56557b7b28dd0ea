"""What a shop may change about its recoveries, with the defaults every new shop starts with."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A shop's rules. They apply to new offers only: deadlines are stored when they are set."""

    offer_window: timedelta = timedelta(minutes=15)
    """How long one customer has to answer, counted from when the carrier took the text."""
    payment_window: timedelta = timedelta(minutes=15)
    """How long a slot is held for the deposit after a YES."""
    cooldown: timedelta = timedelta(hours=24)
    """How long a customer is left alone after an offer, for whichever slot. Zero: not at all."""
    payment_attempts: int = 1
    """How many declined cards end a hold."""
    require_prior_booking: bool = False
    """Ask only customers who have been here before (a settled booking)."""
    min_notice: timedelta = timedelta(minutes=30)
    """Nobody is asked later than this before the start."""
    recovery_enabled: bool = True
    recover_unpaid: bool = False
    """Sell an unpaid cancelled appointment again as well."""
    quiet_from: time | None = time(21)
    quiet_until: time | None = time(8)


def asking_ends_at(starts_at: datetime, policy: Policy) -> datetime:
    """The last moment at which a customer may still be asked (UTC)."""
    return starts_at - policy.min_notice


def window_ends_at(now: datetime, window: timedelta, starts_at: datetime) -> datetime:
    """The end of a window that opens now; no window outlives the start of the appointment."""
    return min(now + window, starts_at)
