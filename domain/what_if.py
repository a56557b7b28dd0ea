"""Estimates how many of a shop's lost slots a shorter window would have filled, from the shop's own offers.

A slot that was lost because its start came too close would have been offered to more customers with a shorter
window: in the time in which n customers were asked for W minutes each, n * W / w customers are asked for w minutes. A
slot for which nobody was left gains nothing. The probability that one more customer says YES is the shop's own rate;
a YES after the window counts, because it is not lost (docs/decisions/0004-late-yes.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST_OFFERS = 50
"""Below this number of offers, the shop's own rate is too uncertain."""
SURE_ENOUGH = 1.645
"""Standard deviations on each side of an interval of 90 %."""
MOST_OF_THE_GAIN = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopHistory:
    """`ended` and `accepted`: the shop's offers that ended, and those with a YES, in time or late.

    `asked_when_lost`: for each slot of the period that was lost because its start came too close, how many customers
    were asked. `closed`: all slots of the period that were recovered or lost. `customers`: the number of customers
    who agreed to texts.
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
    """About `filled` more slots with a window of `window_minutes`; probably between `low` and `high` (90 %)."""

    window_minutes: int
    filled: int
    low: int
    high: int
    closed: int
    offers: int
    accepted: int


def what_if(history: ShopHistory) -> WhatIf | None:
    """Returns the estimate for the longest window with most of the gain, or None if too little is known or gained."""
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
    """The rate, with half a YES and half a missing answer added, so that it is never 0 or 1."""
    return (history.accepted + 0.5) / (history.ended + 1)


def _gain(history: ShopHistory, rate: float, window: int) -> float:
    return sum(_chances(history, rate, window))


def _chances(history: ShopHistory, rate: float, window: int) -> list[float]:
    """For each lost slot, the probability that one of the further customers says YES."""
    further = (
        min(asked * history.window_minutes // window, max(history.customers, asked)) - asked
        for asked in history.asked_when_lost
    )
    return [1 - (1 - rate) ** more for more in further]


def _variance(history: ShopHistory, window: int) -> float:
    """The variance of the number of filled slots: chance for each slot, and the common uncertainty of the rate."""
    rate = _rate(history)
    error = sqrt(rate * (1 - rate) / history.ended)
    chances = _chances(history, rate, window)
    spread = _gain(history, min(rate + error, 1), window) - _gain(history, max(rate - error, 0), window)
    return sum(chance * (1 - chance) for chance in chances) + (spread / 2) ** 2
