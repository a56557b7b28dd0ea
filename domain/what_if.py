"""Estimates how many of a shop's lost slots would have been filled with a shorter window.

With a shorter window, a slot that was lost because its start was too close would have been offered to more customers:
instead of n customers for W minutes each, n * W / w customers can be asked for w minutes each. A slot for which no
customer was left gains nothing. The probability that one more customer says YES is the shop's own acceptance rate,
which includes late YES replies, because a late YES can still fill a slot (docs/decisions/0004-late-yes.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST_OFFERS = 50
"""The number of offers below which the shop's own rate is too uncertain."""
SURE_ENOUGH = 1.645
"""The number of standard deviations on each side of a 90% interval."""
MOST_OF_THE_GAIN = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopHistory:
    """The data of a shop from which the gain is estimated.

    `ended` is the number of offers that ended, and `accepted` the number of YES replies to them, in time or late.
    `asked_when_lost` contains the number of asked customers for each slot that was lost in the period because its
    start was too close. `closed` is the number of slots of the period that were recovered or lost. `customers` is the
    number of customers who agreed to texts.
    """

    ended: int
    accepted: int
    closed: int
    asked_when_lost: Sequence[int]
    customers: int
    window_minutes: int
    least_minutes: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """An estimate: with a window of `window_minutes`, about `filled` more slots would have been filled.

    The number is between `low` and `high` with a probability of 90%.
    """

    window_minutes: int
    filled: int
    low: int
    high: int
    closed: int
    offers: int
    accepted: int


def what_if(history: ShopHistory) -> WhatIf | None:
    """Returns the estimate for the longest window with MOST_OF_THE_GAIN, or None if the data or the gain is too
    small.
    """
    if history.ended < FEWEST_OFFERS or not history.asked_when_lost:
        return None
    windows = range(min(history.least_minutes, history.window_minutes), history.window_minutes)
    gains = {window: _gain(history, _rate(history), window) for window in windows}
    if not gains or max(gains.values()) < 0.5:
        return None
    window = max(one for one, gain in gains.items() if gain >= MOST_OF_THE_GAIN * max(gains.values()))
    half = SURE_ENOUGH * sqrt(_variance(history, window))
    lost, gain = len(history.asked_when_lost), gains[window]
    return WhatIf(
        window,
        max(round(gain), 1),
        max(round(gain - half), 0),
        min(round(gain + half), lost),
        history.closed,
        history.ended,
        history.accepted,
    )


def _rate(history: ShopHistory) -> float:
    """Returns the acceptance rate.

    Half a YES and half a missing reply are added, so that the rate is never 0 or 1.
    """
    return (history.accepted + 0.5) / (history.ended + 1)


def _gain(history: ShopHistory, rate: float, window: int) -> float:
    return sum(_chances(history, rate, window))


def _chances(history: ShopHistory, rate: float, window: int) -> list[float]:
    """Returns for each lost slot the probability that one of the additional customers says YES."""
    further = (
        min(asked * history.window_minutes // window, max(history.customers, asked)) - asked
        for asked in history.asked_when_lost
    )
    return [1 - (1 - rate) ** more for more in further]


def _variance(history: ShopHistory, window: int) -> float:
    """Returns the variance of the number of filled slots, due to chance and to the uncertainty of the rate."""
    rate = _rate(history)
    error = sqrt(rate * (1 - rate) / history.ended)
    chances = _chances(history, rate, window)
    spread = _gain(history, min(rate + error, 1), window) - _gain(history, max(rate - error, 0), window)
    return sum(chance * (1 - chance) for chance in chances) + (spread / 2) ** 2
