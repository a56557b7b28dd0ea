"""The charts of a report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygal
from pygal.style import Style

from benchmarks.measurements import Measurement
from benchmarks.report import BenchmarkReport


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a report.

    `along`: the label of a line chart's x axis; None for a bar chart. `of`: the value to draw.
    """

    title: str
    unit: str
    along: str | None = None
    of: Callable[[Measurement], float] = lambda figure: figure.value


CHARTS = {
    "latency": Chart("Latency from the trigger to the text that follows", "ms"),
    "machines": Chart("Offers per second by number of worker processes on one machine", "offers/s"),
    "costs": Chart("Processor time per offer", "ms"),
    "naive": Chart(
        "Time of the naive implementation relative to the system", "×", of=lambda figure: 1 / (figure.ratio or 1)
    ),
    "pages": Chart("The shop's pages, median", "ms"),
    "calendars": Chart("Processor time of a sync without changes, 100 bookings", "ms"),
    "search": Chart("Time to find the next customer", "ms", along="customers in the shop"),
}


BOUNDS = Chart("Share of each limit that is used: bars left of the line meet their target", "× the limit")
BEYOND = 3.0
"""Bars are cut off at this multiple of the limit, so that one long bar does not make the other bars too short."""

STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#6b7280",
    foreground_strong="#6b7280",
    foreground_subtle="#9ca3af",
    colors=("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed"),
    guide_stroke_color="#d1d5db",
    major_guide_stroke_color="#9ca3af",
    font_family="system-ui, sans-serif",
    value_font_size=11,
)
"""This style is readable on light and dark pages."""

Series = Mapping[str, Mapping[str, float]]
"""The values by the name of the series, then by the label on the axis."""


def write(report: BenchmarkReport, folder: Path) -> list[str]:
    """Writes a file for each chart that has data; returns the file names without suffixes."""
    drawn = dict(_drawn(report))
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in drawn.items():
        (folder / f"{name}.svg").write_bytes(chart.render())
    return list(drawn)


def title(name: str) -> str:
    return BOUNDS.title if name == "bounds" else CHARTS[name].title


def _drawn(report: BenchmarkReport) -> Iterator[tuple[str, pygal.Graph]]:
    figures = [figure for section in report.sections for figure in section.figures]
    used = {figure.name: min(figure.used, BEYOND) for figure in figures if figure.used is not None}
    if used:
        yield "bounds", _bars(BOUNDS, {"": used}, y_labels=(0, 1, 2, 3), y_labels_major=(1,))
    for name, chart in CHARTS.items():
        mine = [figure for figure in figures if figure.plot and figure.plot.chart == name]
        if mine:
            yield name, (_lines if chart.along else _bars)(chart, _series(chart, mine))


def bars(title: str, unit: str, series: Series) -> bytes:
    """Returns a bar chart as SVG, for pages without a report."""
    return bytes(_bars(Chart(title, unit), series).render())


def _series(chart: Chart, figures: Sequence[Measurement]) -> Series:
    series: dict[str, dict[str, float]] = {}
    for figure in figures:
        assert figure.plot
        at = figure.plot.at if isinstance(figure.plot.at, str) else f"{figure.plot.at:,}"
        series.setdefault(figure.plot.series, {})[at] = chart.of(figure)
    return series


def _bars(chart: Chart, series: Series, **options: object) -> pygal.Graph:
    labels = list(dict.fromkeys(label for values in series.values() for label in values))
    height = 100 + 26 * len(labels) * len(series)
    # pygal draws the first bar at the bottom.
    return _filled(pygal.HorizontalBar, chart, series, labels[::-1], height=height, print_values=True, **options)


def _lines(chart: Chart, series: Series) -> pygal.Graph:
    labels = list(dict.fromkeys(label for values in series.values() for label in values))
    return _filled(pygal.Line, chart, series, labels, height=360, x_title=chart.along, range=_from_zero(series))


def _from_zero(series: Series) -> tuple[float, float]:
    return 0.0, 1.1 * max(value for values in series.values() for value in values.values())


def _filled(
    kind: type[pygal.Graph], chart: Chart, series: Series, labels: Sequence[str], **options: object
) -> pygal.Graph:
    drawn = kind(
        style=STYLE,
        title=f"{chart.title} ({chart.unit})",
        width=800,
        js=(),
        no_prefix=True,
        legend_at_bottom=True,
        show_legend=len(series) > 1,
        max_scale=6,
        formatter=lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3g}",
        **options,
    )
    drawn.x_labels = labels
    for name, values in series.items():
        drawn.add(name, [values.get(label) for label in labels])
    return drawn
