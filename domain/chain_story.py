"""One sentence about a chain of move-ups: what freed the first time, who was moved, and how the last gap ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.state import Stage

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One slot of the chain. `moved`: its customer came from a later appointment, whose time is the next slot.

    `rest`: it is what a shorter appointment left of another slot of the chain.
    """

    stage: Stage
    customer: str | None = None
    moved: bool = False
    rest: bool = False


def chain_sentence(steps: Sequence[ChainStep], *, cancelled: bool = True) -> str:
    """A sentence about the steps, in the order in which their times became free. `cancelled`: by a cancellation."""
    moved = sum(step.moved for step in steps)
    parts = ["One cancellation" if cancelled else "One free time"]
    if moved:
        words = WORDS[moved] if moved < len(WORDS) else str(moved)
        parts.append(f"{words} {'customer' if moved == 1 else 'customers'} moved forward")
    rests = [step for step in steps if step.rest]
    if rests:
        parts.append(f"what was left of a slot {_end(rests[-1])}")
    gaps = [step for step in steps if not (step.rest or step.moved)]
    if gaps and (moved or not rests):
        parts.append(f"the last gap {_end(gaps[-1])}")
    return ", ".join(parts) + "."


def _end(step: ChainStep) -> str:
    if step.stage is Stage.RECOVERED:
        return f"sold to {step.customer or 'a customer'}"
    if step.stage is Stage.HOLDING:
        return f"held for {step.customer or 'a customer'}"
    return "not sold" if step.stage is Stage.CLOSED else "on offer"
