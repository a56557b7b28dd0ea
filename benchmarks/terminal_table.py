"""The table of a report, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measurements import Measurement
from benchmarks.report import BenchmarkReport, Section

WIDTHS = (62, 16, 14, 8, 14, 4)
HEADS = ("", "measured", "floor", "ratio", "asked for", "")
MARKS = {None: "", True: "✓", False: "✗"}


def summary(report: BenchmarkReport) -> Iterator[str]:
    """What was reached, and by name what was not."""
    figures = [figure for section in report.sections for figure in section.figures if figure.must]
    missed = [figure for figure in figures if not figure.met]
    yield f"\n{len(figures) - len(missed)} of {len(figures)} figures reached, in {report.seconds:.0f} s"
    yield from (f"  not reached: {figure.name}: {number(figure.value, figure.unit)}" for figure in missed)
    yield from (f"  broke: {section.name}: {section.broken}" for section in report.broken)


def section_lines(section: Section) -> Iterator[str]:
    yield f"\n{section.title} ({section.seconds:.0f} s)"
    yield _row(HEADS)
    for figure in section.figures:
        yield _row(cells(figure))
        if figure.note:
            yield f"    {figure.note}"
    if section.broken:
        yield f"  broke: {section.broken}"


def raw_lines(section: Section) -> Iterator[str]:
    """Every single sample."""
    for figure in section.figures:
        if figure.samples:
            yield f"{figure.name} [{figure.unit}]: " + " ".join(f"{sample:.2f}" for sample in figure.samples)


def cells(figure: Measurement) -> tuple[str, ...]:
    floor = "" if figure.floor is None else number(figure.floor, figure.unit)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    must = figure.must.words if figure.must else ""
    return figure.name, number(figure.value, figure.unit), floor, ratio, must, MARKS[figure.met]


def number(value: float, unit: str) -> str:
    """Three digits, as one reads them."""
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def _row(texts: tuple[str, ...]) -> str:
    first, *rest = texts
    return (
        f"  {first:{WIDTHS[0]}s}"
        + "".join(f" {text:>{width}s}" for text, width in zip(rest, WIDTHS[1:], strict=True)).rstrip()
    )
