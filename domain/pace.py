"""The formula for the time that a customer has to reply if the shop's pace is adaptive.

    window = time left for asking / number of offers that are probably needed

The window is limited to the shop's shortest and longest windows. The number of offers that are probably needed is the
smallest n for which 1 - (1 - rate)^n reaches FILLED_BY, where rate is the shop's own acceptance rate.

The rate is smoothed towards PRIOR_RATE, which has the weight of PRIOR_OFFERS offers of the shop. PRIOR_RATE is the
share of 60,660 offers of earlier appointments that were accepted (11%, https://www.jmir.org/2024/1/e52071). In
another study, 8.3% of 177,311 offers were accepted (https://www.jmir.org/2020/6/e16451). docs/outcomes.md shows the
effects of the values chosen for PRIOR_OFFERS, FILLED_BY and MOST_TIME.

The needed offers are made within MOST_TIME even if more time is left. A longer window would only delay the next
offer, because a late YES is still accepted as soon as no other customer is being asked.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PRIOR_RATE = 0.11
PRIOR_OFFERS = 30
FILLED_BY = 0.95
MOST_TIME = timedelta(minutes=105)
MINUTE = timedelta(minutes=1)

SHORT_WINDOW = timedelta(minutes=10)
"""The text of an offer states how long the slot is kept if the window is shorter than this."""


class Pace(StrEnum):
    """The ways of determining the length of an offer's window."""

    FIXED = "fixed"
    ADAPTIVE = "adaptive"


@dataclass(frozen=True, slots=True)
class OfferHistory:
    """The number of the shop's latest ended offers, and the number of YES replies to them, in time or late."""

    ended: int = 0
    accepted: int = 0


NO_HISTORY = OfferHistory()


def acceptance_rate(history: OfferHistory) -> float:
    """Returns the probability (0 to 1) that a customer says YES, smoothed towards PRIOR_RATE."""
    return (history.accepted + PRIOR_RATE * PRIOR_OFFERS) / (history.ended + PRIOR_OFFERS)


def offers_needed(rate: float) -> int:
    """Returns the number of customers to ask so that one of them says YES with a probability of FILLED_BY."""
    if rate >= FILLED_BY:
        return 1
    return math.ceil(math.log(1 - FILLED_BY) / math.log(1 - rate))


def adaptive_window(time_left: timedelta, history: OfferHistory, *, least: timedelta, most: timedelta) -> timedelta:
    """Returns the window in whole minutes, at least `least` and at most `most`. If they conflict, `most` applies.

    `time_left` is the time, without quiet hours, during which customers may still be asked.
    """
    share = min(time_left, MOST_TIME) / offers_needed(acceptance_rate(history))
    return min(max(share - share % MINUTE, least), most)
