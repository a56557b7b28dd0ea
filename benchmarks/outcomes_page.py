"""Writes the tables and charts of docs/outcomes.md: `make outcomes`. The same code always writes the same page.

Markers in the page separate the generated parts from the hand-written text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cli.print_simulation import (
    MOVE_HEADINGS,
    WAY_HEADINGS,
    lead_row,
    minutes,
    move_row,
    percent,
    plain_number,
    rate,
    sensitivity_row,
    way_row,
)
from cli.progress import say
from docs.generator.markdown import table
from domain.policy import Policy
from simulation.figures import Figure, figures_of
from simulation.parameters import Behaviour, described
from simulation.policies import SHOP, WAYS
from simulation.run import SimulationResult, play_all, run, ways_named
from simulation.scenarios import SCENARIOS, Scenario

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "outcomes.md"
IMAGES = DOCS / "images" / "outcomes"
MARK = "<!-- {end}{name}: written by `make outcomes` -->"
SEED, SLOTS, FEWER = 1, 36_000, 12_000
TARGET_WITHIN_AN_HOUR, TARGET_TURNED_AWAY = 0.60, 0.35
WINDOWS = (3, 4, 6, 8, 10, 15, 30)


def main() -> None:
    """Runs all simulations and fills in the page."""
    found = {name: _run(scenario) for name, scenario in SCENARIOS.items()}
    parts = {
        "target": _target(found),
        "mixed": _ways(found["mixed"]),
        "lead times": _lead_times(found["mixed"]),
        "scenarios": _scenarios(found),
        "moves": _moves(found["move-up"]),
        "windows": _windows(),
        "sensitivity": _sensitivity(found["target"]),
        "parameters": parameters(),
    }
    text = PAGE.read_text("utf-8")
    for name, lines in parts.items():
        text = filled(text, name, "\n".join(lines))
    PAGE.write_text(text, "utf-8")
    _charts(found)


def _run(scenario: Scenario) -> SimulationResult:
    say(scenario.name)
    slots = SLOTS if scenario.name in {"mixed", "target", "day-24h"} else FEWER
    return run(scenario, ways_named([]), seed=SEED, slots=slots, progress=say)


def filled(page: str, name: str, inside: str) -> str:
    """Returns the page with the text between the markers named `name` replaced by `inside`.

    Raises ValueError if a marker is missing.
    """
    begin, end = MARK.format(end="", name=name), MARK.format(end="end of ", name=name)
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{PAGE.name} has no place for {name}")
    return f"{before}{begin}\n\n{inside}\n\n{end}{after}"


def _target(found: dict[str, SimulationResult]) -> Iterator[str]:
    headings = ("11% say YES ...", "Strict", "Fixed", "Adaptive", "Turned away per fill (adaptive)", "Target")
    rows = [
        _target_row("within 15 minutes (17.9% in total)", found["target"]),
        _target_row("at any time", found["day-24h"]),
    ]
    yield table(headings, rows)


def _target_row(reading: str, result: SimulationResult) -> list[str]:
    of = {way.name: way.figures for way in result.ways}
    hour, away = of["adaptive"]["filled_within_an_hour"], of["adaptive"]["turned_away_per_fill"]
    met = (hour.low or 0) > TARGET_WITHIN_AN_HOUR and (away.high or 1) <= TARGET_TURNED_AWAY
    close = (hour.value or 0) > TARGET_WITHIN_AN_HOUR and (away.high or 1) <= TARGET_TURNED_AWAY
    return [
        reading,
        *(percent(of[name]["filled_within_an_hour"]) for name in ("strict", "fixed", "adaptive")),
        plain_number(away, 2),
        "reached" if met else "reached on average, but not by the whole interval" if close else "missed",
    ]


def _ways(result: SimulationResult) -> Iterator[str]:
    yield table(WAY_HEADINGS, (way_row(way) for way in result.ways))
    yield ""
    yield f"{result.slots_each:,} slots with each policy, seed {result.seed}."


def _lead_times(result: SimulationResult) -> Iterator[str]:
    groups = list(dict.fromkeys(name for way in result.ways for name in way.by_lead_time))
    yield table(("Policy", *groups), (lead_row(way, groups) for way in result.ways))


def _scenarios(found: dict[str, SimulationResult]) -> Iterator[str]:
    names = [way.name for way in found["mixed"].ways]
    rows = []
    for result in found.values():
        of = {way.name: way.figures for way in result.ways}
        cells = (f"{rate(of[name]['filled'])} ({rate(of[name]['filled_within_an_hour'])})" for name in names)
        rows.append([f"`{result.scenario}`: {result.description}", *cells])
    yield table(("Scenario", *names), rows)


def _moves(result: SimulationResult) -> Iterator[str]:
    yield table(MOVE_HEADINGS, (move_row(way) for way in result.ways))


def _windows() -> Iterator[str]:
    """Compares windows of different lengths, with the same shops and a policy that accepts a late YES."""
    scenario, rows = SCENARIOS["target"], []
    for window in WINDOWS:
        policy = replace(SHOP, offer_window=timedelta(minutes=window))
        rows.append(_window_row(f"{window} minutes", scenario, policy, "fixed"))
    rows.append(_window_row("adaptive", scenario, SHOP, "adaptive"))
    yield table(("Window", "Within 1 h", "Median", "90th pct.", "Asked per fill", "Turned away per fill"), rows)


def _window_row(name: str, scenario: Scenario, policy: Policy, way: str) -> list[str]:
    played = play_all(scenario, scenario.behaviour, [WAYS[way]], policy, seed=SEED, each=200)
    of = figures_of(played[way])
    return [
        name,
        percent(of["filled_within_an_hour"]),
        minutes(of["median_minutes"]),
        minutes(of["slow_minutes"]),
        plain_number(of["asked_per_fill"], 1),
        plain_number(of["turned_away_per_fill"], 2),
    ]


def _sensitivity(result: SimulationResult) -> Iterator[str]:
    ways = list(result.sensitivity[0].filled)
    yield table(("Changed", *ways), (sensitivity_row(one, ways) for one in result.sensitivity))


def parameters() -> Iterator[str]:
    """Yields all parameters of the usual behaviour with their sources, and the changes of each scenario."""
    rows = [(f"`{one.name}`", f"{one.value:g}", one.meaning, one.source) for one in described(Behaviour())]
    yield table(("Name", "Value", "Meaning", "Source"), rows)
    usual = Behaviour()
    for scenario in SCENARIOS.values():
        other = [
            name for name in Behaviour.__dataclass_fields__ if _value(scenario.behaviour, name) != _value(usual, name)
        ]
        for name in other:
            yield ""
            yield f"In `{scenario.name}`, `{name}` is {_value(scenario.behaviour, name):g}."


def _value(behaviour: Behaviour, name: str) -> float:
    return float(getattr(behaviour, name))


def _charts(found: dict[str, SimulationResult]) -> None:
    ways = ("strict", "fixed", "adaptive")
    hour = {name: {one: _percent(_of(found[one], name)["filled_within_an_hour"]) for one in DRAWN} for name in ways}
    leads = {
        way.name: {group: _percent(figures["filled"]) for group, figures in way.by_lead_time.items()}
        for way in found["mixed"].ways
    }
    asked = {"": {way.name: round(way.figures["asked_per_fill"].value or 0, 1) for way in found["mixed"].ways}}
    draw({"within-an-hour": hour, "lead-times": leads, "asked": asked})


DRAWN = ("day-24h", "day-3h", "short-notice", "evening", "small-shop")
CHARTS = {
    "within-an-hour": ("Share of slots filled within an hour of the first text, by scenario", "%"),
    "lead-times": ("Share of slots filled, by lead time (from the cancellation to the start)", "%"),
    "asked": ("Customers asked per filled slot", "customers"),
}


def draw(series: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    """Writes each chart of CHARTS."""
    # The chart library changes how Python imports modules, so the library is imported only here.
    from benchmarks import charts

    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, (title, unit) in CHARTS.items():
        (IMAGES / f"{name}.svg").write_bytes(charts.bars(title, unit, series[name]))


def _of(result: SimulationResult, name: str) -> dict[str, Figure]:
    return next(way.figures for way in result.ways if way.name == name)


def _percent(figure: Figure) -> float:
    return round(100 * (figure.value or 0))


if __name__ == "__main__":
    main()
