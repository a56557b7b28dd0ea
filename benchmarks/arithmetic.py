"""Estimates the capacity that a million shops need, from the measured cost of an offer."""

from collections.abc import Iterator

from benchmarks.measurements import Measurement
from benchmarks.report import BenchmarkReport

SHOPS = 1_000_000
APPOINTMENTS_A_DAY, CANCELLED = 15, 0.07
OFFERS_A_RECOVERY = 6
OPEN_HOURS, PEAK = 10, 3
BUSY = 0.5
"""The planned processor utilisation at the peak."""

COST = "processor time of an offer, "

CANCELLATIONS = SHOPS * APPOINTMENTS_A_DAY * CANCELLED
RECOVERIES = CANCELLATIONS / (OPEN_HOURS * 3600) * PEAK
OFFERS = RECOVERIES * OFFERS_A_RECOVERY


def lines(report: BenchmarkReport) -> Iterator[str]:
    """Yields the lines of a Markdown table with the estimate."""
    figures = {figure.name: figure for section in report.sections for figure in section.figures}
    yield "| For one million shops | |"
    yield "| --- | ---: |"
    each = f"{CANCELLED:.0%} of {APPOINTMENTS_A_DAY} appointments in each shop"
    yield f"| cancellations a day: {each} | {CANCELLATIONS:,.0f} |"
    yield f"| recoveries a second at the peak: {PEAK} × the mean over {OPEN_HOURS} hours | {RECOVERIES:,.0f} |"
    yield f"| offers a second at the peak: {OFFERS_A_RECOVERY} for each recovery | {OFFERS:,.0f} |"
    for name in ("workers", "web", "Postgres", "Valkey"):
        if cost := figures.get(COST + name):
            yield f"| processors for {name}: {cost.value:.1f} ms per offer, {BUSY:.0%} busy | {_cores(cost):,.0f} |"
    yield f"| rows a day: 9 for each offer, including its tasks, callbacks and log entries | {_rows():,.0f} |"


def _cores(cost: Measurement) -> float:
    return OFFERS * cost.value / 1000 / BUSY


def _rows() -> float:
    return CANCELLATIONS * OFFERS_A_RECOVERY * 9
