"""The simulated customers: how each customer answers an offer, and whether they pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

Span = tuple[float, float]
"""The shortest and longest duration, in seconds."""

SOON, SLOWLY = (0.2, 3.0), (3.0, 8.0)


@dataclass(frozen=True)
class Temper:
    """The behaviour of a group of customers.

    `share` is a percentage. `says` lists the texts; each text is sent after a delay in the range `after`. `pays` is
    "succeed" or "fail".
    """

    name: str
    share: int
    says: tuple[str, ...] = ()
    after: Span = SOON
    pays: str | None = None


LATE = (-0.5, 4.0)
"""Delays in seconds around the end of the offer's window, counted from that moment."""

TEMPERS: tuple[Temper, ...] = (
    Temper("says YES and pays", 42, ("YES",), pays="succeed"),
    Temper("says it in other words, and pays", 12, ("Yes please!",), SLOWLY, pays="succeed"),
    Temper("says YES twice and pays", 6, ("yes", "YES"), pays="succeed"),
    Temper("asks first, then says YES and pays", 4, ("what time?", "ok yes"), pays="succeed"),
    Temper("says YES, and the card is declined", 7, ("YES",), pays="fail"),
    Temper("says YES and walks away", 5, ("YES",)),
    Temper("says YES at the last moment or too late, and would pay", 6, ("YES",), LATE, pays="succeed"),
    Temper("says NO", 9, ("no thanks",)),
    Temper("says STOP", 4, ("STOP",)),
    Temper("says nothing", 5),
)

WHO_ANSWER_AT_ONCE = tuple(temper for temper in TEMPERS if temper.says and temper.after is SOON and temper.pays)


def temper_of(phone: str, seed: int, *, among: Sequence[Temper] = TEMPERS) -> Temper:
    """Returns the behaviour of the customer with this number. The result depends only on the number and the seed."""
    chance = Random(f"{seed}:{phone}")
    return chance.choices(among, [temper.share for temper in among])[0]
