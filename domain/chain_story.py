"""Summarises a chain of move-ups in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.state import Stage

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

ENDS = {
    Stage.RECOVERED: "was sold to {customer}",
    Stage.HOLDING: "is held for {customer}",
    Stage.CLOSED: "was not sold",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One slot of the chain. `moved`: the slot's customer had a later appointment, whose time is the next slot.

    `rest`: the slot is the remaining time of another slot in the chain, in which a shorter appointment was booked.
    """

    stage: Stage
    customer: str | None = None
    moved: bool = False
    rest: bool = False


def chain_sentence(steps: Sequence[ChainStep], *, cancelled: bool = True) -> str:
    """Returns a sentence about the steps, which must be in the order in which their times became free.

    `cancelled`: whether a cancellation freed the time of the first step.
    """
    moved = sum(step.moved for step in steps)
    parts = [_moved_up(moved)] if moved else []
    rests = [step for step in steps if step.rest]
    if rests:
        parts.append(f"the remaining time of a slot {_end(rests[-1])}")
    others = [step for step in steps if not (step.rest or step.moved)]
    if others and (moved or not rests):
        parts.append(f"the last free time {_end(others[-1])}")
    *first, last = parts
    events = f"{', '.join(first)}, and {last}" if first else last
    return f"After one {'cancellation' if cancelled else 'time became free'}, {events}."


def _moved_up(number: int) -> str:
    words = WORDS[number] if number < len(WORDS) else str(number)
    moved = "customer moved to an earlier time" if number == 1 else "customers moved to earlier times"
    return f"{words} {moved}"


def _end(step: ChainStep) -> str:
    return ENDS.get(step.stage, "is on offer").format(customer=step.customer or "a customer")
