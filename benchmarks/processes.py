"""What the worker's processes weigh, looked at once a second."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.system_under_test import Ground
from cli.local.supervised_process import sessions_now

MIB = 1024 * 1024
EVERY_SECONDS = 1.0


@dataclass(slots=True)
class Weights:
    """Resident megabytes of each process of each worker, in order of time."""

    of: dict[str, dict[int, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def look(self, ground: Ground) -> None:
        sessions = sessions_now()
        for child in ground.system.children:
            if child.service.pid_name == "PID_WORKER":
                for pid in child.pids(sessions):
                    try:
                        self.of[child.name][pid].append(psutil.Process(pid).memory_info().rss / MIB)
                    except psutil.NoSuchProcess:
                        continue

    @property
    def heaviest(self) -> float:
        return max(max(line) for lines in self.of.values() for line in lines.values())

    def growth_after(self, share: float) -> float:
        """The most that a process gained after this share of the time; in the first it fills its caches."""
        lines = [line for lines in self.of.values() for line in lines.values()]
        return max(max(line) - max(line[: int(len(line) * share) + 1]) for line in lines)

    def words(self) -> str:
        """Each worker's processes and the most that one of them weighed."""
        return "; ".join(
            f"{name}: {len(lines)} processes, at most {max(max(line) for line in lines.values()):.0f} MB each"
            for name, lines in self.of.items()
        )


@contextmanager
def weighed(ground: Ground) -> Iterator[Weights]:
    """Looks as long as the block runs."""
    weights, over = Weights(), threading.Event()

    def look() -> None:
        while not over.wait(EVERY_SECONDS):
            weights.look(ground)

    weights.look(ground)
    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield weights
    finally:
        over.set()
        thread.join()
