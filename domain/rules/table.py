"""The table of rules: which stage and which event lead to which stages, by which rule."""

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
    """The new state, what is to be done, and why, in one plain sentence for the shop."""

    recovery: Recovery
    effects: tuple[Effect, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a rule may know besides the recovery: the database's time (UTC) and the shop's policy."""

    now: datetime
    policy: Policy


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: in these stages, on this event, this rule, which may lead to these or change no stage."""

    stages: tuple[Stage, ...]
    event: type[object]
    to: tuple[Stage, ...]
    rule: Callable[..., Decision]


ARROWS: list[Transition] = []

E = TypeVar("E", bound=Event)
Rule = Callable[[Recovery, E, DecisionContext], Decision]


def on(*stages: Stage, event: type[E], to: tuple[Stage, ...]) -> Callable[[Rule[E]], Rule[E]]:
    """Enters a rule into the table."""

    def enter(rule: Rule[E]) -> Rule[E]:
        ARROWS.append(Transition(stages, event, to, rule))
        return rule

    return enter
