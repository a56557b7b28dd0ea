"""Formats the table printed at the end of a chaos run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.chaos.ending import ChaosOutcome
from tests.chaos.schedule import Planned


def table(ending: ChaosOutcome, plan: Sequence[Planned], *, seed: int, seconds: float) -> str:
    """Returns lines with a label and a value, followed by the faults by name."""
    sold, closed = ending.statuses["filled"], ending.statuses["expired"]
    paid = ", ".join(f"{count} {status}" for status, count in sorted(ending.payments.items()))
    lines = [
        ("seed", f"{seed}"),
        ("recoveries finished", f"{sold + closed} ({sold} sold, {closed} closed)"),
        ("of them move-ups", f"{ending.moved} ({ending.moved / max(1, sold + closed):.0%})"),
        ("faults injected", f"{len(plan)} of {len({one.fault.name for one in plan})} kinds"),
        ("texts", f"{ending.texts}, of them {ending.asked.total()} offers to {len(ending.asked)} customers"),
        ("payments", f"{sum(ending.payments.values())}: {paid}"),
        ("violations", f"{len(ending.violations) or 'none'}"),
        ("time to a final state", _times(ending.seconds)),
        ("the run took", f"{seconds:.0f} s"),
        *sorted(Counter(one.fault.name for one in plan).items()),
    ]
    return "\n".join(f"  {label:<42} {figure}" for label, figure in lines)


def _times(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    return f"median {seconds[len(seconds) // 2]:.1f} s, longest {seconds[-1]:.1f} s"
