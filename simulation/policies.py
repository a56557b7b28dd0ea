"""The offer policies that are compared."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Protocol

from domain.pace import OfferHistory, Pace
from domain.policy import Policy
from simulation.forgetful_play import ForgetfulPlay
from simulation.other_ways import ByHandPlay, WavePlay
from simulation.parameters import Behaviour
from simulation.plans import Plan
from simulation.recovery_play import RecoveryPlay
from simulation.slot_result import SlotResult

OFFERS_KNOWN = 200
"""The number of earlier offers of the simulated shop, from which its acceptance rate is computed."""

SHOP = Policy(timezone="Europe/London", cooldown=timedelta(hours=24), move_up=True)


class SlotPlay(Protocol):
    """Simulates one slot."""

    def play(self) -> SlotResult: ...


@dataclass(frozen=True, slots=True)
class WayOfAsking:
    """An offer policy. `settings` returns the shop's settings as changed by this policy."""

    name: str
    description: str
    play: Callable[[Plan, Policy], SlotPlay]
    settings: Callable[[Policy, Behaviour], Policy] = lambda policy, _: policy


def _adaptive(policy: Policy, behaviour: Behaviour) -> Policy:
    accepted = round(OFFERS_KNOWN * mean_acceptance(behaviour))
    return replace(policy, pace=Pace.ADAPTIVE, history=OfferHistory(OFFERS_KNOWN, accepted))


def mean_acceptance(behaviour: Behaviour) -> float:
    """Returns the mean acceptance, including customers on the waiting list or with a later appointment."""
    waiting = behaviour.on_waiting_list
    moving = (1 - waiting) * behaviour.booked_later
    others = 1 - waiting - moving
    return (
        waiting * behaviour.waiting_list_acceptance
        + moving * behaviour.move_up_acceptance
        + others * behaviour.acceptance
    )


WAYS: dict[str, WayOfAsking] = {
    one.name: one
    for one in (
        WayOfAsking("strict", "One at a time, 15 minutes each; a late YES is turned away", ForgetfulPlay),
        WayOfAsking("fixed", "One at a time, 15 minutes each; a late YES is accepted (pace: fixed)", RecoveryPlay),
        WayOfAsking(
            "adaptive",
            "One at a time, 3 to 15 minutes each; a late YES is accepted (pace: adaptive)",
            RecoveryPlay,
            _adaptive,
        ),
        WayOfAsking("waves-3", "Three at a time, every 15 minutes", partial(WavePlay, size=3)),
        WayOfAsking("waves-10", "Ten at a time, every 15 minutes", partial(WavePlay, size=10)),
        WayOfAsking("by-hand", "Staff call, from 09:00 to 18:00", ByHandPlay),
    )
}
