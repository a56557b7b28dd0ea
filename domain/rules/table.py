"""The transition table: the rule for each stage and event, and the stages to which the rule can lead."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from domain.effects import Effect
from domain.events import Event
from domain.policy import Policy
from domain.state import Recovery, Stage

LOOKING, OFFERING, HOLDING, RECOVERED, CLOSED = Stage


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state, the effects to carry out, and the reason as a sentence for the shop."""

    recovery: Recovery
    effects: tuple[Effect, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """The database's time (UTC) and the shop's policy, which rules need in addition to the recovery and the event."""

    now: datetime
    policy: Policy


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. `rule` handles `event` in `stages`, and keeps the stage or leads to one of `to`."""

    stages: tuple[Stage, ...]
    event: type[object]
    to: tuple[Stage, ...]
    rule: Callable[..., Decision]


TRANSITIONS: list[Transition] = []

E = TypeVar("E", bound=Event)
Rule = Callable[[Recovery, E, DecisionContext], Decision]


def on(*stages: Stage, event: type[E], to: tuple[Stage, ...]) -> Callable[[Rule[E]], Rule[E]]:
    """Registers the decorated rule in the table."""

    def register(rule: Rule[E]) -> Rule[E]:
        TRANSITIONS.append(Transition(stages, event, to, rule))
        return rule

    return register
