"""What a measurement comes to: a value, the floor it stands on, and what it must reach."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Must:
    """A bound for the ratio to the floor, or for the value itself, as the issue set it."""

    of: str
    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def used(self, value: float) -> float:
        """How much of what is allowed: up to 1 the bound holds."""
        if self.most is not None:
            return value / self.most if self.most else float(value > 0) * 2
        return (self.least or 0) / value if value else 2.0

    @property
    def words(self) -> str:
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        if self.least == self.most:
            bound = f"= {self.most:g}"
        return f"{bound} × floor" if self.of == "ratio" else bound


def ratio(*, least: float | None = None, most: float | None = None) -> Must:
    return Must("ratio", least, most)


def value(*, least: float | None = None, most: float | None = None) -> Must:
    return Must("value", least, most)


@dataclass(frozen=True, slots=True)
class Plot:
    """Where a figure stands in a chart: on which line or in which colour, and at which place along it."""

    chart: str
    series: str
    at: str | float


@dataclass(frozen=True, slots=True)
class Measurement:
    """`floor` is in the unit of `value`, measured in the same run; `samples` are in it too."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    must: Must | None = None
    note: str = ""
    samples: Sequence[float] = field(default=(), repr=False)
    plot: Plot | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def judged(self) -> float | None:
        """What the bound is for."""
        return self.ratio if self.must and self.must.of == "ratio" else self.value

    @property
    def met(self) -> bool | None:
        """None where nothing was asked for."""
        return None if self.must is None or self.judged is None else self.must.holds(self.judged)

    @property
    def used(self) -> float | None:
        """How much of what is allowed: up to 1 is reached. None where nothing was asked for."""
        return None if self.must is None or self.judged is None else self.must.used(self.judged)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "met": self.met}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Measurement:
        must, plot = plain["must"], plain["plot"]
        more = {"must": Must(**must) if must else None, "plot": Plot(**plot) if plot else None}
        return cls(**{name: plain[name] for name in cls.__slots__} | more)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0 to 1) of them don't exceed."""
    ordered = sorted(samples)
    return ordered[max(0, min(len(ordered) - 1, int(len(ordered) * share + 0.9999) - 1))]


def latency(
    name: str,
    samples: Sequence[float],
    *,
    floor: Sequence[float],
    median: Must | None = None,
    tail: Must | None = None,
    note: str = "",
    plots: Sequence[Plot | None] = (None, None),
) -> list[Measurement]:
    """Median and 99th percentile in milliseconds, each against the same of the floor; a place in a chart for each."""
    note = f"{note}{', ' if note else ''}{len(samples)} samples"
    middle, end = statistics.median(samples), percentile(samples, 0.99)
    floors = statistics.median(floor), percentile(floor, 0.99)
    return [
        Measurement(f"{name}, median", middle, "ms", floors[0], median, note, samples, plots[0]),
        Measurement(f"{name}, 99th percentile", end, "ms", floors[1], tail, "", (), plots[1]),
    ]
