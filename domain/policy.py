"""The settings of a shop's recoveries, and their defaults.

The columns of `shops` have the same defaults, so that plain SQL can insert a shop. tests/db/test_policy_defaults.py
compares the defaults.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from domain.channels import Channel
from domain.pace import MOST_TIME, NO_HISTORY, OfferHistory, Pace, adaptive_window
from domain.quiet_hours import time_outside


class WaitlistMode(StrEnum):
    """The ways in which a search uses the waiting list."""

    OFF = "off"
    """The waiting list is ignored."""
    FIRST = "first"
    """Customers whose wishes match are asked first, then all other customers."""
    ONLY = "only"
    """Only customers whose wishes match and customers who can be moved up are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A shop's settings. A change applies only to new offers, because deadlines are stored when they are set."""

    offer_window: timedelta = timedelta(minutes=15)
    """The time that a customer has to reply after the carrier has accepted the text.

    If the pace is adaptive, this is the longest window.
    """
    pace: Pace = Pace.FIXED
    offer_window_least: timedelta = timedelta(minutes=3)
    """The shortest window, if the pace is adaptive."""
    history: OfferHistory = NO_HISTORY
    """The shop's latest offers, which are read only if the pace is adaptive."""
    payment_window: timedelta = timedelta(minutes=15)
    """The time for which a slot is held for the deposit after a YES."""
    cooldown: timedelta = timedelta(hours=24)
    """The time after an offer during which the customer gets no offer for any other slot.

    Zero disables the cooldown.
    """
    payment_attempts: int = 1
    """The number of declined cards after which a hold ends."""
    require_prior_booking: bool = False
    """Whether only customers with a settled booking are asked."""
    min_notice: timedelta = timedelta(minutes=30)
    """The minimum time between asking a customer and the start of the slot."""
    recovery_enabled: bool = True
    recover_unpaid: bool = False
    """Whether cancelled appointments whose deposit was never paid are resold too."""
    quiet_from: time | None = time(21)
    quiet_until: time | None = time(8)
    """The quiet hours in the recipient's local time. If both are None, there are no quiet hours."""
    waitlist: WaitlistMode = WaitlistMode.FIRST
    move_up: bool = False
    """Whether customers with a later appointment for the same service are offered the earlier time."""
    move_up_within: timedelta = timedelta(days=30)
    """The maximum time between the start of the slot and the start of that appointment."""
    move_up_chain: int = 3
    """The maximum number of customers who are moved up one after the other because of one cancellation."""
    sell_rest: bool = False
    """Whether the remaining time of a slot is offered after a shorter service, if another service fits into it."""
    channels: frozenset[Channel] = frozenset({Channel.SMS})
    """The channels that the shop uses for offers (see `domain.channels`)."""
    timezone: str = "UTC"
    """The shop's time zone (IANA)."""


def asking_ends_at(starts_at: datetime, policy: Policy) -> datetime:
    """Returns the latest time (UTC) at which a customer may still be asked."""
    return starts_at - policy.min_notice


def window_ends_at(now: datetime, window: timedelta, starts_at: datetime) -> datetime:
    """Returns the end of a window that opens now: after `window`, but no later than the start of the appointment."""
    return min(now + window, starts_at)


def offer_window(policy: Policy, *, now: datetime, starts_at: datetime) -> timedelta:
    """Returns the time to reply for a customer who is asked now.

    Applies the shop's quiet hours in the shop's time zone.
    """
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
