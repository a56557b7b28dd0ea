"""Samples the memory of the worker's processes once a second."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.sampling import sampled
from benchmarks.system_under_test import SystemUnderTest
from cli.local.supervised_process import sessions_now

MIB = 1024 * 1024
EVERY_SECONDS = 1.0


@dataclass(slots=True)
class MemorySamples:
    """The resident memory of each process of each worker, in chronological order (MiB)."""

    of: dict[str, dict[int, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def look(self, system: SystemUnderTest) -> None:
        sessions = sessions_now()
        for child in system.system.children:
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
        """Returns the largest growth of a process after the first `share` of the time, during which caches fill."""
        lines = [line for lines in self.of.values() for line in lines.values()]
        return max(max(line) - max(line[: int(len(line) * share) + 1]) for line in lines)

    def words(self) -> str:
        """Describes the number of processes of each worker, and the size of its largest process."""
        return "; ".join(
            f"{name} (processes: {len(lines)}): at most {max(max(line) for line in lines.values()):.0f} MB each"
            for name, lines in self.of.items()
        )


@contextmanager
def sampled_memory(system: SystemUnderTest) -> Iterator[MemorySamples]:
    """Samples the memory while the block runs."""
    memory = MemorySamples()
    with sampled(lambda: memory.look(system), every=EVERY_SECONDS):
        yield memory
