"""Writes the results of the last `make bench` into the documentation: tables, charts and the capacity estimate.

.venv/bin/python -m benchmarks.write_docs
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks import arithmetic, charts, report, terminal_table
from benchmarks.report import BenchmarkReport, Section

DOCS = Path(__file__).resolve().parents[1] / "docs"
IMAGES = DOCS / "images" / "performance"
MARK = "<!-- {end}{name}: written by `python -m benchmarks.write_docs` -->"


def main() -> None:
    """Replaces the text between the markers in docs/performance.md and docs/scale.md."""
    found = report.load()
    if found.quick or found.broken:
        raise SystemExit("the last run was a quick one or had an error: run `make bench` first")
    drawn = charts.write(found, IMAGES)
    _fill(DOCS / "performance.md", {"summary": _summary(found), "figures": _figures(found), "charts": _charts(drawn)})
    _fill(DOCS / "scale.md", {"arithmetic": arithmetic.lines(found)})


def _fill(page: Path, parts: dict[str, Iterator[str]]) -> None:
    text = page.read_text()
    for name, lines in parts.items():
        begin, end = MARK.format(end="", name=name), MARK.format(end="end of ", name=name)
        inside = "\n".join([begin, "", *lines, "", end])
        before, found, rest = text.partition(begin)
        _, ended, after = rest.partition(end)
        if not (found and ended):
            raise SystemExit(f"{page.name} has no place for {name}")
        text = before + inside + after
    page.write_text(text)


def _summary(found: BenchmarkReport) -> Iterator[str]:
    figures = [figure for section in found.sections for figure in section.figures if figure.target]
    reached = sum(bool(figure.met) for figure in figures)
    machine = ", ".join(f"{name} {text}" for name, text in found.machine.items())
    yield f"The run on {found.sections[0].at[:10]} took {found.seconds / 60:.0f} minutes on this machine: {machine}."
    yield (
        "The clients and the simulated customers, carrier and Stripe ran on the same processors as the system under "
        "test."
    )
    yield ""
    yield f"**{reached} of {len(figures)} targets are met.** Not met:"
    yield ""
    for figure in figures:
        if not figure.met:
            ratio = f", {figure.ratio:.2f} × the baseline" if figure.ratio is not None else ""
            measured = terminal_table.number(figure.value, figure.unit)
            target = figure.target.words if figure.target else ""
            yield f"- {figure.name}: {measured}{ratio}; target: {target}"


def _figures(found: BenchmarkReport) -> Iterator[str]:
    for section in found.sections:
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"### {section.title}"
    yield ""
    yield "| | measured | baseline | ratio | target | |"
    yield "| --- | ---: | ---: | ---: | ---: | --- |"
    for figure in section.figures:
        first, *rest = terminal_table.cells(figure)
        note = f"<br>*{figure.note}*" if figure.note else ""
        yield f"| {first}{note} | " + " | ".join(rest) + " |"
    yield ""


def _charts(drawn: list[str]) -> Iterator[str]:
    for name in drawn:
        yield f"![{charts.title(name)}](images/performance/{name}.svg)"
        yield ""


if __name__ == "__main__":
    main()
