"""The table of a report, for a terminal."""

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.measurements import Measurement
from benchmarks.report import BenchmarkReport, Section

HEADS = ("", "measured", "baseline", "ratio", "target", "")
MARKS = {None: "", True: "✓", False: "✗"}


def summary(report: BenchmarkReport) -> Iterator[str]:
    """Yields the number of targets that are met, the missed targets and the failed measures."""
    figures = [figure for section in report.sections for figure in section.figures if figure.target]
    missed = [figure for figure in figures if not figure.met]
    yield f"\n{len(figures) - len(missed)} of {len(figures)} targets met, in {report.seconds:.0f} s"
    yield from (f"  not met: {figure.name}: {number(figure.value, figure.unit)}" for figure in missed)
    yield from (f"  failed: {section.name}: {section.broken}" for section in report.broken)


def show(section: Section) -> None:
    """Prints the figures of a section. Cells are wrapped on a narrow terminal."""
    shown = Table(title=f"{section.title} ({section.seconds:.0f} s)", title_justify="left", box=box.SIMPLE)
    for number_of_column, head in enumerate(HEADS):
        shown.add_column(head, justify="right" if number_of_column else "left")
    for figure in section.figures:
        name, *rest = cells(figure)
        shown.add_row(f"{name}\n  [dim]{escape(figure.note)}[/dim]" if figure.note else name, *rest)
    Console().print(shown)
    if section.broken:
        print(f"  failed: {section.broken}")


def raw_lines(section: Section) -> Iterator[str]:
    """Yields the samples of every figure."""
    for figure in section.figures:
        if figure.samples:
            yield f"{figure.name} [{figure.unit}]: " + " ".join(f"{sample:.2f}" for sample in figure.samples)


def cells(figure: Measurement) -> tuple[str, ...]:
    baseline = "" if figure.baseline is None else number(figure.baseline, figure.unit)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    target = figure.target.words if figure.target else ""
    return figure.name, number(figure.value, figure.unit), baseline, ratio, target, MARKS[figure.met]


def number(value: float, unit: str) -> str:
    """Rounds to about three significant digits."""
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()
