"""docs/outcomes.md begins with the limits of the simulation, and documents the program's parameters."""

from __future__ import annotations

from dataclasses import fields

import pytest

from benchmarks import outcomes_page as outcomes
from domain.pace import MOST_TIME
from simulation.figures import MEASURES, Figure
from simulation.parameters import Parameter
from simulation.run import SimulationResult, Variation, WayResult
from simulation.scenarios import SCENARIOS

PAGE = outcomes.PAGE.read_text("utf-8")


def test_its_first_paragraph_says_what_a_simulation_cannot_know() -> None:
    first = " ".join(PAGE.split("\n\n")[1].split())
    assert "customers are assumed" in first
    assert "cannot know" in first


def test_its_parameters_are_those_that_are_simulated() -> None:
    assert outcomes.filled(PAGE, "parameters", "\n".join(outcomes.parameters())) == PAGE, "run `make outcomes`"


def test_it_describes_every_scenario_and_the_time_that_is_spent() -> None:
    assert [name for name in SCENARIOS if f"`{name}`: " not in PAGE] == []
    assert f"at most {MOST_TIME.total_seconds() / 60:.0f} minutes" in " ".join(PAGE.split())


def test_it_explains_every_field_of_the_json() -> None:
    kinds = (SimulationResult, WayResult, Variation, Parameter, Figure)
    names = {field.name for kind in kinds for field in fields(kind)} | set(MEASURES)
    section = PAGE.partition("## The JSON")[2].partition("\n## ")[0]
    assert sorted(name for name in names if f"`{name}`" not in section) == []


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for"):
        outcomes.filled("# Empty", "target", "")
