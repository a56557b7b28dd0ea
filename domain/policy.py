"""The settings of a shop's recoveries and their defaults.

The columns of `shops` have the same defaults, so that plain SQL can insert a shop; tests/db/test_policy_defaults.py
compares them.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from domain.channels import Channel
from domain.pace import MOST_TIME, NO_HISTORY, OfferHistory, Pace, adaptive_window
from domain.quiet_hours import time_outside


class WaitlistMode(StrEnum):
    """How the waiting list is used in a search."""

    OFF = "off"
    """Entries are ignored."""
    FIRST = "first"
    """Customers whose wishes match come first, then everybody else."""
    ONLY = "only"
    """Only customers whose wishes match, and those who are moved up, are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A shop's settings. A change applies to new offers only, because deadlines are stored when they are set."""

    offer_window: timedelta = timedelta(minutes=15)
    """How long a customer has to reply after the carrier has accepted the text.

    The longest window if the pace is adaptive.
    """
    pace: Pace = Pace.FIXED
    offer_window_least: timedelta = timedelta(minutes=3)
    """The shortest window if the pace is adaptive."""
    history: OfferHistory = NO_HISTORY
    """The shop's latest offers; read only if the pace is adaptive."""
    payment_window: timedelta = timedelta(minutes=15)
    """How long a slot is held for the deposit after a YES."""
    cooldown: timedelta = timedelta(hours=24)
    """The time after an offer for any slot during which a customer gets no other offer.

    Zero disables the cooldown.
    """
    payment_attempts: int = 1
    """The number of declined cards that ends a hold."""
    require_prior_booking: bool = False
    """Ask only customers with a settled booking."""
    min_notice: timedelta = timedelta(minutes=30)
    """The shortest time before the start at which a customer may still be asked."""
    recovery_enabled: bool = True
    recover_unpaid: bool = False
    """Also resell cancelled appointments whose deposit was never paid."""
    quiet_from: time | None = time(21)
    quiet_until: time | None = time(8)
    """Local times of the recipient. Both None: no quiet hours."""
    waitlist: WaitlistMode = WaitlistMode.FIRST
    move_up: bool = False
    """Offer an earlier time to customers with a later appointment of the same service."""
    move_up_within: timedelta = timedelta(days=30)
    """How much later than the slot that appointment may start."""
    move_up_chain: int = 3
    """How many customers are moved up in a row after one cancellation."""
    sell_rest: bool = False
    """Offer the rest of a slot after a shorter service, if another service fits into it."""
    channels: frozenset[Channel] = frozenset({Channel.SMS})
    """The channels used for offers, each with the customer's consent; see `domain.channels`."""
    timezone: str = "UTC"
    """The shop's IANA zone."""


def asking_ends_at(starts_at: datetime, policy: Policy) -> datetime:
    """The latest time at which a customer may still be asked (UTC)."""
    return starts_at - policy.min_notice


def window_ends_at(now: datetime, window: timedelta, starts_at: datetime) -> datetime:
    """The end of a window that opens now: after `window`, but no later than the start of the appointment."""
    return min(now + window, starts_at)


def offer_window(policy: Policy, *, now: datetime, starts_at: datetime) -> timedelta:
    """How long a customer who is asked now has to reply. Quiet hours are the shop's own, in its time zone."""
    if policy.pace is Pace.FIXED:
        return policy.offer_window
    left = time_outside(
        now,
        asking_ends_at(starts_at, policy),
        zone=policy.timezone,
        quiet_from=policy.quiet_from,
        quiet_until=policy.quiet_until,
        most=MOST_TIME,
    )
    return adaptive_window(left, policy.history, least=policy.offer_window_least, most=policy.offer_window)
