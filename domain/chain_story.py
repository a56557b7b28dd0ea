"""Summarises a chain of move-ups in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.state import Stage

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

ENDS = {Stage.RECOVERED: "sold to {customer}", Stage.HOLDING: "held for {customer}", Stage.CLOSED: "not sold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One slot of the chain. `moved`: the slot's customer had a later appointment, whose time is the next slot.

    `rest`: the slot is the time that a shorter appointment left of another slot of the chain.
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
    parts = ["One cancellation" if cancelled else "One free time"]
    if moved:
        parts.append(_moved_forward(moved))
    rests = [step for step in steps if step.rest]
    if rests:
        parts.append(f"what was left of a slot {_end(rests[-1])}")
    gaps = [step for step in steps if not (step.rest or step.moved)]
    if gaps and (moved or not rests):
        parts.append(f"the last gap {_end(gaps[-1])}")
    return ", ".join(parts) + "."


def _moved_forward(number: int) -> str:
    words = WORDS[number] if number < len(WORDS) else str(number)
    return f"{words} {'customer' if number == 1 else 'customers'} moved forward"


def _end(step: ChainStep) -> str:
    return ENDS.get(step.stage, "on offer").format(customer=step.customer or "a customer")
