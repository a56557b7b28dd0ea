"""Computes column charts: the scale of the axis, and the columns with their labels.

The macro is in shop/charts.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

LEAST_STEPS = 4
STEPS = (1, 2, 5)
BAR_INSET, BAR_WIDTH = 0.18, 0.64
"""The space beside a bar, and the width of the bar, as shares of the column's width."""

DrawnColumn = tuple[str | None, str, float, float, list[tuple[int, float, float]]]
"""The link, the description, the left edges of the column and of its bars, and the bars of `ColumnChart.bars`."""


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
    def bar_width(self) -> float:
        """The width of a bar in percent, rounded."""
        return round(BAR_WIDTH * self.width, 3)

    @property
    def empty(self) -> bool:
        """Whether all values are 0."""
        return not any(any(column.values) for column in self.columns)

    @property
    def width(self) -> float:
        """The width of a column and the space around it, in percent."""
        return 100 / len(self.columns)

    def drawn(self) -> Iterator[DrawnColumn]:
        """Yields the columns as they are drawn.

        The template unpacks finished values, because filters and attributes cost more than half of a chart's time.
        """
        for place, column in enumerate(self.columns):
            x, bar_x = (round((place + inset) * self.width, 3) for inset in (0, BAR_INSET))
            yield column.link, self.described(column), x, bar_x, self.bars(column)

    def rows(self) -> Iterator[tuple[ChartColumn, list[tuple[str, str]]]]:
        """Yields the columns with values for the table, each with the names and values of its series."""
        for column in self.columns:
            if any(column.values):
                yield column, list(zip(self.series, map(self.shown, column.values), strict=True))

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
