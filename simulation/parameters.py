"""The numbers that describe simulated customers, each with its source. A number without a source is an assumption."""

from dataclasses import dataclass, fields, replace

ASSUMPTION = "assumption"

LEAD_HOURS_FACTORS = ((2.0, 0.6), (6.0, 0.85), (24.0, 1.0))
"""(hours, factor): the acceptance factor if fewer hours remain until the start. The first matching pair applies."""
LONG_LEAD_FACTOR = 1.1
HOUR_FACTORS = ((9, 0.8), (18, 1.0), (24, 0.9))
"""(hour, factor): the acceptance factor for a customer who is asked before this local hour.

The first match applies.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The behaviour of simulated customers. Shares are between 0 and 1; times are in minutes."""

    customers: int = 40
    acceptance: float = 0.11
    reply_median: float = 10.0
    reply_spread: float = 1.4
    declines: float = 0.15
    opt_outs: float = 0.01
    undeliverable: float = 0.05
    cooling_down: float = 0.15
    asked_for_another_slot: float = 0.05
    card_declined: float = 0.05
    abandoned: float = 0.10
    pay_median: float = 3.0
    pay_spread: float = 0.8
    visited: float = 0.8
    on_waiting_list: float = 0.0
    waiting_list_acceptance: float = 0.35
    booked_later: float = 0.0
    booked_within: float = 14.0
    move_up_acceptance: float = 0.25
    by_hand_delay: float = 45.0
    by_hand_call: float = 6.0
    by_hand_reached: float = 0.35
    by_hand_calls: int = 6


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number with its meaning and its source."""

    name: str
    value: float
    meaning: str
    source: str


SURVEY = "https://doi.org/10.1071/SH22021"
DELIVERY = "https://help.burstsms.com/support/solutions/articles/44001076747"
DESCRIPTIONS: dict[str, tuple[str, str]] = {
    "customers": ("Customers of the shop who agreed to texts", ASSUMPTION),
    "acceptance": (
        "Share of asked customers who would take the slot, regardless of when they answer",
        "6,603 of 60,660 offers: https://www.jmir.org/2024/1/e52071 (8.3%: https://www.jmir.org/2020/6/e16451)",
    ),
    "reply_median": (
        "Median minutes until an answer (log-normal)",
        f"{ASSUMPTION}; 60% of answers to a survey by text came within 45 minutes (here 86%): {SURVEY}",
    ),
    "reply_spread": ("Standard deviation of the logarithm of the answer time", ASSUMPTION),
    "declines": ("Share of asked customers who answer NO", ASSUMPTION),
    "opt_outs": ("Share of asked customers who answer STOP", ASSUMPTION),
    "undeliverable": (
        "Share of texts that the carrier can't deliver",
        f"95% are delivered once bounced numbers are removed: {DELIVERY}",
    ),
    "cooling_down": ("Share of customers who were asked about another slot in the last day", ASSUMPTION),
    "asked_for_another_slot": ("Share of customers who have an open offer for another slot", ASSUMPTION),
    "card_declined": ("Share of deposits that fail because the card is declined", ASSUMPTION),
    "abandoned": ("Share of deposits that are never paid", ASSUMPTION),
    "pay_median": ("Median minutes until a deposit is paid (log-normal)", ASSUMPTION),
    "pay_spread": ("Standard deviation of the logarithm of the payment time", ASSUMPTION),
    "visited": ("Share of customers with an earlier visit, at most 400 days ago", ASSUMPTION),
    "on_waiting_list": ("Share of customers on the waiting list: for any time, mornings or afternoons", ASSUMPTION),
    "waiting_list_acceptance": ("Acceptance among customers whose wish matches the slot", ASSUMPTION),
    "booked_later": ("Share of customers with a later appointment that can be moved up", ASSUMPTION),
    "booked_within": ("Maximum days between the slot and the later appointment", ASSUMPTION),
    "move_up_acceptance": ("Acceptance among customers who are offered an earlier time", ASSUMPTION),
    "by_hand_delay": ("Mean minutes until staff begin to call", ASSUMPTION),
    "by_hand_call": ("Mean minutes for each call", ASSUMPTION),
    "by_hand_reached": ("Share of calls that are answered", ASSUMPTION),
    "by_hand_calls": ("Number of calls after which staff give up", ASSUMPTION),
}


def described(behaviour: Behaviour) -> list[Parameter]:
    """Returns every number of this behaviour with its meaning and source."""
    values = ((field.name, getattr(behaviour, field.name)) for field in fields(behaviour))
    return [Parameter(name, value, *DESCRIPTIONS[name]) for name, value in values]


def changed(behaviour: Behaviour, name: str, value: float) -> Behaviour:
    """Returns a copy of the behaviour with one number changed."""
    return replace(behaviour, **{name: value})  # type: ignore[arg-type]


def acceptance_factor(hours_left: float, hour: int) -> float:
    """Returns the acceptance factor for a customer who is asked this long before the start, at this local hour."""
    return _first_below(hours_left, LEAD_HOURS_FACTORS, LONG_LEAD_FACTOR) * _first_below(hour, HOUR_FACTORS, 1.0)


def _first_below(number: float, factors: tuple[tuple[float, float], ...], otherwise: float) -> float:
    for below, factor in factors:
        if number < below:
            return factor
    return otherwise
