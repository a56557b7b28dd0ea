"""`make bench`: runs all measures, prints the table and writes benchmarks/results/.

.venv/bin/python -m benchmarks                          everything: ten to fifteen minutes on two idle processors
.venv/bin/python -m benchmarks --quick                  checks the harness in under a minute; ignore the times
.venv/bin/python -m benchmarks --only endpoints --raw   one measure, with every sample
"""

import contextlib
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import groupby

import click

from benchmarks import charts, report, system_under_test, terminal_table
from benchmarks.measurements import Measurement
from benchmarks.report import BenchmarkReport, Section
from benchmarks.report_contents import MEASURES, QUICK_SHARED, SHARED, Measure


@click.command()
@click.option("--quick", is_flag=True, help="Make a small run of every measure, to check the harness.")
@click.option(
    "--only", multiple=True, type=click.Choice(list(MEASURES)), help="Run only this measure; may be repeated."
)
@click.option("--raw", is_flag=True, help="Also print each sample.")
def main(quick: bool, only: tuple[str, ...], raw: bool) -> None:
    """Measure the system against baselines from the same run."""
    whole = BenchmarkReport(report.machine(), quick, [])
    shared = QUICK_SHARED if quick else SHARED
    # A quick run starts each shared system only once.
    chosen = only or (sorted(MEASURES, key=[*shared, *MEASURES].index) if quick else MEASURES)
    for system, names in groupby(chosen, key=shared.get):
        stand: AbstractContextManager[object] = system_under_test.shared(system) if system else nullcontext()
        with stand:
            for name in names:
                measured = _measured(name, MEASURES[name], quick, raw)
                whole = replace(whole, sections=[*whole.sections, measured])
                # The report is saved after each measure, because a long run may be interrupted.
                _keep(whole)
    print("\n".join(terminal_table.summary(whole)))
    sys.exit(1 if whole.broken else 0)


def _measured(name: str, measure: Measure, quick: bool, raw: bool) -> Section:
    """Runs one measure. An error is shown in the table and does not stop the other measures."""
    print(f"measuring {name} ...", end="", flush=True, file=sys.stderr)
    at, began, broken = report.now(), time.monotonic(), None
    figures: list[Measurement] = []
    try:
        figures.extend(measure.figures(quick=quick))
    except Exception as why:  # noqa: BLE001 - the other measures must still run
        broken = f"{type(why).__name__}: {why}"
    section = Section(name, measure.title, at, time.monotonic() - began, figures, broken)
    print(f" {section.seconds:.0f} s", file=sys.stderr)
    terminal_table.show(section)
    print("\n".join(terminal_table.raw_lines(section) if raw else ()), flush=True)
    return section


def _keep(whole: BenchmarkReport) -> None:
    """Saves the report together with the earlier results of measures that did not run."""
    path = report.QUICK_REPORT if whole.quick else report.REPORT
    with contextlib.suppress(FileNotFoundError):
        whole = report.merged(report.load(path), whole, list(MEASURES))
    report.save(whole, path)
    if not whole.quick:
        charts.write(whole, report.RESULTS)


if __name__ == "__main__":
    main()
