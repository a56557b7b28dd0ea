"""Prints the result of a simulation as tables."""

from collections.abc import Sequence

import click

from cli.printing import paint, print_table
from simulation.figures import Figure
from simulation.parameters import ASSUMPTION
from simulation.run import SimulationResult, Variation, WayResult


def print_simulation(found: SimulationResult) -> None:
    """Prints the comparison, the fill rates by lead time, the sensitivity analysis and the parameters."""
    click.echo(f"{found.description}. {found.slots_each} slots with each policy, seed {found.seed}.")
    click.echo("95% confidence intervals over seeds. Limits of the simulation: docs/outcomes.md")
    _heading("Policies")
    print_table(WAY_HEADINGS, [way_row(way) for way in found.ways])
    _heading("Filled, by lead time")
    groups = list(dict.fromkeys(name for way in found.ways for name in way.by_lead_time))
    print_table(["Policy", *groups], [lead_row(way, groups) for way in found.ways])
    moving = [way for way in found.ways if way.figures["moves_per_slot"].value]
    if moving:
        _heading("Customers moved up")
        print_table(MOVE_HEADINGS, [move_row(way) for way in moving])
    if found.sensitivity:
        ways = list(found.sensitivity[0].filled)
        _heading("Sensitivity: filled (within an hour) when one number changes")
        print_table(["Changed", *ways], [sensitivity_row(one, ways) for one in found.sensitivity])
    _heading("Parameters")
    rows = [(one.name, f"{one.value:g}", one.meaning, _source(one.source)) for one in found.parameters]
    print_table(["Name", "Value", "Meaning", "Source"], rows)


def _heading(text: str) -> None:
    click.echo("")
    click.echo(paint(text, bold=True))


def _source(source: str) -> str:
    return source if source == ASSUMPTION else source.split("https://")[0].rstrip(": ") + " (see --json)"


WAY_HEADINGS = (
    *("Policy", "Filled", "Within 1 h", "Median", "90th pct."),
    *("Asked per fill", "Turned away per fill", "Unpaid holds per slot"),
)


def way_row(way: WayResult) -> list[str]:
    """Returns the cells for WAY_HEADINGS."""
    of = way.figures
    return [
        way.name,
        percent(of["filled"]),
        percent(of["filled_within_an_hour"]),
        minutes(of["median_minutes"]),
        minutes(of["slow_minutes"]),
        plain_number(of["asked_per_fill"], 1),
        plain_number(of["turned_away_per_fill"], 2),
        plain_number(of["abandoned_per_slot"], 2),
    ]


MOVE_HEADINGS = ("Policy", "Filled", "Moved up per slot", "Sold to a customer without an appointment")


def move_row(way: WayResult) -> list[str]:
    """Returns the cells for MOVE_HEADINGS."""
    of = way.figures
    return [way.name, percent(of["filled"]), plain_number(of["moves_per_slot"], 2), percent(of["resold"])]


def lead_row(way: WayResult, groups: Sequence[str]) -> list[str]:
    """Returns the fill rate for each lead time."""
    found = (way.by_lead_time.get(group) for group in groups)
    return [way.name, *(percent(figures["filled"]) if figures else "-" for figures in found)]


def sensitivity_row(variation: Variation, ways: Sequence[str]) -> list[str]:
    """Returns the changed parameter and the fill rates of each policy."""
    cells = [f"{rate(variation.filled[way])} ({rate(variation.filled_within_an_hour[way])})" for way in ways]
    return [f"{variation.parameter} = {variation.value:g}", *cells]


def percent(figure: Figure) -> str:
    """Returns, for example, "61.2% (60.8 to 61.6)"."""
    return _with_interval(figure, 100, 1, "%")


def rate(figure: Figure) -> str:
    """Returns, for example, "61%"."""
    return "-" if figure.value is None else f"{100 * figure.value:.0f}%"


def minutes(figure: Figure) -> str:
    """Returns, for example, "46 min"."""
    return "-" if figure.value is None else f"{figure.value:.0f} min"


def plain_number(figure: Figure, digits: int) -> str:
    """Returns, for example, "14.4"."""
    return "-" if figure.value is None else f"{figure.value:.{digits}f}"


def _with_interval(figure: Figure, factor: float, digits: int, unit: str) -> str:
    if figure.value is None:
        return "-"
    value = f"{factor * figure.value:.{digits}f}{unit}"
    if figure.low is None or figure.high is None:
        return value
    low, high = max(factor * figure.low, 0), min(factor * figure.high, factor)
    return f"{value} ({low:.{digits}f} to {high:.{digits}f})"
