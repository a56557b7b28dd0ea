"""The charts of a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import svg
from benchmarks.measurements import Measurement
from benchmarks.report import BenchmarkReport


@dataclass(frozen=True, slots=True)
class Chart:
    """`along`: the x axis of a line chart; without it, bars are drawn. `of`: the value to draw."""

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
    "search": Chart("Time to find the next customer", "ms", along="customers in the shop"),
}


def write(report: BenchmarkReport, folder: Path) -> list[str]:
    """Writes a file for each chart with data; returns their names without the suffix."""
    drawn = dict(_drawn(report))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in drawn.items():
        (folder / f"{name}.svg").write_text(text)
    return list(drawn)


def title(name: str) -> str:
    return BOUNDS.title if name == "bounds" else CHARTS[name].title


BOUNDS = Chart("Share of each limit that is used: bars left of the line meet their target", "of the limit")


def _drawn(report: BenchmarkReport) -> Iterator[tuple[str, str]]:
    figures = [figure for section in report.sections for figure in section.figures]
    used = {figure.name: {"": figure.used} for figure in figures if figure.used is not None}
    if used:
        yield "bounds", svg.bars(BOUNDS.title, used, unit="", bound=1.0)
    for name, chart in CHARTS.items():
        mine = [figure for figure in figures if figure.plot and figure.plot.chart == name]
        if mine:
            yield name, _line(chart, mine) if chart.along else _bar(chart, mine)


def _line(chart: Chart, figures: list[Measurement]) -> str:
    series: dict[str, dict[float, float]] = defaultdict(dict)
    for figure in figures:
        assert figure.plot
        series[figure.plot.series][float(figure.plot.at)] = chart.of(figure)
    return svg.lines(chart.title, series, unit=chart.unit, along=chart.along or "")


def _bar(chart: Chart, figures: list[Measurement]) -> str:
    groups: dict[str, dict[str, float]] = defaultdict(dict)
    for figure in figures:
        assert figure.plot
        groups[str(figure.plot.at)][figure.plot.series] = chart.of(figure)
    return svg.bars(chart.title, groups, unit=chart.unit)
