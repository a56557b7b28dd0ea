"""docs/outcomes.md: what it says first, and that its parameters are those of the program."""

from __future__ import annotations

import pytest

from benchmarks import outcomes_page as outcomes
from domain.pace import MOST_TIME
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


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place for"):
        outcomes.filled("# Empty", "target", "")
