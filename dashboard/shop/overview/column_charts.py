"""Computes column charts: the scale of the axis, and the columns with their labels.

The macro is in shop/charts.html.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

LEAST_STEPS = 4
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One column: the values of the series from the bottom up. `short`: the label of the axis, empty for none."""

    label: str
    values: tuple[int, ...]
    short: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """`id` is unique on the page.

    `ticks`: labels by value, from the top down to 0. The first one is the end of the scale.
    """

    id: str
    title: str
    series: tuple[str, ...]
    columns: Sequence[ChartColumn]
    ticks: list[tuple[int, str]]
    shown: Callable[[int], str]

    @property
    def top(self) -> int:
        """The value at the upper end of the axis."""
        return self.ticks[0][0]

    @property
    def empty(self) -> bool:
        """Whether all values are 0."""
        return not any(any(column.values) for column in self.columns)


def column_chart(
    id: str,
    title: str,
    series: tuple[str, ...],
    columns: Sequence[ChartColumn],
    *,
    shown: Callable[[int], str] = str,
    unit: int = 1,
) -> ColumnChart:
    """A chart whose axis starts at 0. `unit`: ticks are multiples of it; 100 for an amount in pence."""
    highest = max((sum(column.values) for column in columns), default=0)
    step = unit * axis_step(-(-highest // unit))
    top = step * max(1, -(-highest // step))
    ticks = [(value, shown(value)) for value in range(top, -1, -step)]
    return ColumnChart(id, title, series, columns, ticks, shown)


def axis_step(highest: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, ... with at least LEAST_STEPS steps up to `highest`; at least 1."""
    power, found = 1, 1
    while True:
        for digit in STEPS:
            if digit * power * LEAST_STEPS > max(highest, 1):
                return found
            found = digit * power
        power *= 10
