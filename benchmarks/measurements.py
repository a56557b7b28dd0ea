"""The result of a measurement: a value with its baseline and its target."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A target for the value, or for its ratio to the baseline."""

    of: str
    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def used(self, value: float) -> float:
        """Returns the share of the target that is used. The target is met if the share is at most 1."""
        if self.most is not None:
            return value / self.most if self.most else float(value > 0) * 2
        return (self.least or 0) / value if value else 2.0

    @property
    def words(self) -> str:
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        if self.least == self.most:
            bound = f"= {self.most:g}"
        return f"{bound} × baseline" if self.of == "ratio" else bound


def ratio(*, least: float | None = None, most: float | None = None) -> Target:
    return Target("ratio", least, most)


def value(*, least: float | None = None, most: float | None = None) -> Target:
    return Target("value", least, most)


@dataclass(frozen=True, slots=True)
class Plot:
    """The position of a value in a chart: its series, and its place on the axis."""

    chart: str
    series: str
    at: str | float


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured value. `baseline` and `samples` have the same unit as `value`. The baseline is from the same run."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: Target | None = None
    note: str = ""
    samples: Sequence[float] = field(default=(), repr=False)
    plot: Plot | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None

    @property
    def judged(self) -> float | None:
        """The value or the ratio, depending on the target."""
        return self.ratio if self.target and self.target.of == "ratio" else self.value

    @property
    def met(self) -> bool | None:
        """Whether the target is met. None if there is no target."""
        return None if self.target is None or self.judged is None else self.target.holds(self.judged)

    @property
    def used(self) -> float | None:
        """The share of the target that is used. None if there is no target."""
        return None if self.target is None or self.judged is None else self.target.used(self.judged)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "met": self.met}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Measurement:
        target, plot = plain["target"], plain["plot"]
        more = {"target": Target(**target) if target else None, "plot": Plot(**plot) if plot else None}
        return cls(**{name: plain[name] for name in cls.__slots__} | more)


def percentile(samples: Sequence[float], share: float) -> float:
    """Returns the smallest sample that is not exceeded by at least `share` (0 to 1) of the samples."""
    ordered = sorted(samples)
    return ordered[max(0, min(len(ordered) - 1, int(len(ordered) * share + 0.9999) - 1))]


def latency(
    name: str,
    samples: Sequence[float],
    *,
    baseline: Sequence[float],
    median: Target | None = None,
    tail: Target | None = None,
    note: str = "",
    plots: Sequence[Plot | None] = (None, None),
) -> list[Measurement]:
    """Returns the median and the 99th percentile in milliseconds, each with the baseline's value."""
    note = f"{note}{', ' if note else ''}{len(samples)} samples"
    middle, end = statistics.median(samples), percentile(samples, 0.99)
    baselines = statistics.median(baseline), percentile(baseline, 0.99)
    return [
        Measurement(f"{name}, median", middle, "ms", baselines[0], median, note, samples, plots[0]),
        Measurement(f"{name}, 99th percentile", end, "ms", baselines[1], tail, "", (), plots[1]),
    ]
