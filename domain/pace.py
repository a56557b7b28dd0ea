"""The formula for how long a customer has to reply if the shop's pace is adaptive.

    window = time left for asking / offers that are probably needed

limited to the shop's shortest and longest window. The offers that are probably needed follow from the shop's own
acceptance rate: the smallest n for which 1 - (1 - rate)^n reaches FILLED_BY.

The rate is smoothed towards PRIOR_RATE, which counts as much as PRIOR_OFFERS offers of the shop. Of 60,660 offers of
earlier appointments 11 % were accepted, which is PRIOR_RATE (https://www.jmir.org/2024/1/e52071); of 177,311 others
8.3 % (https://www.jmir.org/2020/6/e16451). PRIOR_OFFERS, FILLED_BY and MOST_TIME are choices whose effects
docs/outcomes.md shows.

The offers that are needed are made within MOST_TIME, however much time is left: a late YES is not lost, because it
counts as soon as nobody else is being asked, and a longer window only asks the next customer later.
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
"""The text of an offer says how long the slot is kept if the window is shorter than this."""


class Pace(StrEnum):
    """How the length of an offer's window is determined."""

    FIXED = "fixed"
    ADAPTIVE = "adaptive"


@dataclass(frozen=True, slots=True)
class OfferHistory:
    """The shop's latest ended offers, and the number of YES replies to them, in time or late."""

    ended: int = 0
    accepted: int = 0


NO_HISTORY = OfferHistory()


def acceptance_rate(history: OfferHistory) -> float:
    """The probability that a customer says YES, between 0 and 1, smoothed towards PRIOR_RATE."""
    return (history.accepted + PRIOR_RATE * PRIOR_OFFERS) / (history.ended + PRIOR_OFFERS)


def offers_needed(rate: float) -> int:
    """The number of customers who must be asked so that one says YES with a probability of FILLED_BY."""
    if rate >= FILLED_BY:
        return 1
    return math.ceil(math.log(1 - FILLED_BY) / math.log(1 - rate))


def adaptive_window(time_left: timedelta, history: OfferHistory, *, least: timedelta, most: timedelta) -> timedelta:
    """The window in whole minutes, at least `least` and at most `most`, which takes precedence.

    `time_left`: the time until a customer may no longer be asked, without quiet hours.
    """
    share = min(time_left, MOST_TIME) / offers_needed(acceptance_rate(history))
    return min(max(share - share % MINUTE, least), most)
