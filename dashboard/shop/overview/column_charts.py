"""Computes column charts: the scale of the axis, and the columns with their labels.

The macro is in shop/charts.html.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

LEAST_STEPS = 4
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One column, with the values of its series from the bottom up. `short` is the axis label, or an empty string."""

    label: str
    values: tuple[int, ...]
    short: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """A column chart. `id` must be unique on the page.

    `ticks` contains labels by value, from the top of the scale down to 0.
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

    def described(self, column: ChartColumn) -> str:
        """Returns the label and the values of a column: "4 Dec: 3 recovered, 1 lost", or "4 Dec: £20"."""
        names = [f" {name.lower()}" for name in self.series] if len(self.series) > 1 else [""]
        values = [self.shown(value) + name for value, name in zip(column.values, names, strict=True)]
        return f"{column.label}: {', '.join(values)}"

    def bars(self, column: ChartColumn) -> list[tuple[int, float, float]]:
        """Returns the number of the series (from 1), the upper edge and the height of each bar, in percent."""
        found, y = [], 100.0
        for number, value in enumerate(column.values, start=1):
            height = value * 100 / self.top
            y -= height
            if value:
                found.append((number, round(y, 3), round(height, 3)))
        return found


def column_chart(
    id: str,
    title: str,
    series: tuple[str, ...],
    columns: Sequence[ChartColumn],
    *,
    shown: Callable[[int], str] = str,
    unit: int = 1,
) -> ColumnChart:
    """Returns a chart whose axis starts at 0. Ticks are multiples of `unit`, such as 100 for amounts in pence."""
    highest = max((sum(column.values) for column in columns), default=0)
    step = unit * axis_step(-(-highest // unit))
    top = step * max(1, -(-highest // step))
    ticks = [(value, shown(value)) for value in range(top, -1, -step)]
    return ColumnChart(id, title, series, columns, ticks, shown)


def axis_step(highest: int) -> int:
    """Returns the largest of 1, 2, 5, 10, 20, 50, ... that fits LEAST_STEPS times into `highest`, or else 1."""
    power, found = 1, 1
    while True:
        for digit in STEPS:
            if digit * power * LEAST_STEPS > max(highest, 1):
                return found
            found = digit * power
        power *= 10
