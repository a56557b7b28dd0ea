"""The clock of one simulated slot, which runs steps in the order of their times without waiting."""

import heapq
from collections.abc import Callable
from datetime import datetime

Step = Callable[[int], None]


class SimulatedClock:
    """Runs steps in the order of their times. Steps with the same time run in the order in which they were added."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._count = 0
        self._steps: list[tuple[datetime, int, Step, int]] = []

    def at(self, time: datetime, step: Step, subject: int = 0) -> None:
        """Schedules `step(subject)` for this time, or for the current time if this time has passed."""
        self._count += 1
        heapq.heappush(self._steps, (max(time, self.now), self._count, step, subject))

    def run(self, *, until: datetime, over: Callable[[], bool]) -> None:
        """Runs until no step is left, `until` is reached or `over` returns True. Drops the remaining steps."""
        while self._steps and not over():
            time, _, step, subject = heapq.heappop(self._steps)
            if time >= until:
                break
            self.now = time
            step(subject)
        self._steps.clear()
