"""The simulation is reproducible, and each search strategy and option has the expected effect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from cli.main import main
from domain.eligibility import move_of, wish_of
from domain.events import Event
from domain.policy import Policy
from simulation.figures import interval
from simulation.parameters import ASSUMPTION, Behaviour, described
from simulation.plans import Plan
from simulation.policies import SHOP, WAYS
from simulation.recovery_play import RecoveryPlay
from simulation.run import draw_plan, play_chain, run, ways_named
from simulation.scenarios import SCENARIOS, lead_time_of
from simulation.simulated_customers import CustomerAnswer, answer_of
from simulation.slot_result import SlotResult
from tests.effort import long_except

DAY = SCENARIOS["day-24h"]


def plans(scenario: str = "mixed", number: int = 60, behaviour: Behaviour | None = None) -> list[Plan]:
    chance = Random("tests")
    one = SCENARIOS[scenario]
    return [draw_plan(one, behaviour or one.behaviour, chance) for _ in range(number)]


def played(
    way: str, scenario: str = "mixed", number: int = 60, behaviour: Behaviour | None = None
) -> list[SlotResult]:
    behaviour = behaviour or SCENARIOS[scenario].behaviour
    one = WAYS[way]
    settings = one.settings(SHOP, behaviour)
    return [play_chain(one, plan, settings) for plan in plans(scenario, number, behaviour)]


def output(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["simulate", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_same_seed_prints_the_same_bytes() -> None:
    short = ("--slots", "100", "--policy", "adaptive", "--seed")
    once = output(*short, "5", "--json")
    assert output(*short, "5", "--json") == once
    assert output(*short, "6", "--json") != once
    assert output(*short, "5") == output(*short, "5")


def test_the_json_has_figures_with_intervals_and_the_source_of_each_number() -> None:
    found = json.loads(output("--slots", "100", "--scenario", "day-3h", "--policy", "adaptive", "--json"))
    (way,) = found["ways"]
    assert (found["scenario"], way["name"]) == ("day-3h", "adaptive")
    figure = way["figures"]["filled"]
    assert figure["low"] <= figure["value"] <= figure["high"]
    assert way["by_lead_time"]
    assert {one["parameter"] for one in found["sensitivity"]} >= {"acceptance", "reply_median"}
    assert all(one["source"] == ASSUMPTION or "https://" in one["source"] for one in found["parameters"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--scenario", "nowhere"], "Scenarios: mixed, day-24h"),
        (["--scenario", ""], "Scenarios: mixed, day-24h"),
        (["--policy", "none"], "Policies: strict, fixed, adaptive"),
        (["--scenario", "week", "--shop", "x"], "not both"),
        (["--slots", "99"], "not in the range"),
        (["--seed", "one"], "not a valid integer"),
    ],
)
def test_an_unknown_name_is_refused_with_the_known_names(arguments: list[str], error: str) -> None:
    result = CliRunner().invoke(main, ["simulate", *arguments])
    assert result.exit_code == 2
    assert error in " ".join(result.output.split())


def test_the_help_names_every_scenario_and_policy() -> None:
    words = "".join(CliRunner().invoke(main, ["simulate", "--help"]).output.split())
    assert ",".join(SCENARIOS) + "." in words
    assert ",".join(WAYS) + "." in words


@pytest.mark.long
def test_other_hash_seeds_print_the_same_bytes() -> None:
    command = [Path(sys.executable).with_name("slots"), "simulate", "--slots", "100", "--json"]
    printed = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] != b""


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_a_full_disk_is_reported_in_one_line(how: list[str]) -> None:
    command = [Path(sys.executable).with_name("slots"), "simulate", "--slots", "100", "--policy", "by-hand", *how]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    lines = ended.stderr.splitlines()
    assert (ended.returncode, lines[-1]) == (1, "Error: The data could not be written: No space left on device.")
    assert "Traceback" not in ended.stderr


def test_a_move_fills_the_slot_and_frees_the_later_time() -> None:
    results = played("fixed", "move-up", 40)
    moved = [one for one in results if one.moves]
    assert all(one.sold_at and one.frees_at and one.frees_at > one.starts_at for one in moved)
    assert {one.moves for one in moved} >= {1, 2, 3}
    assert any(one.resold for one in moved)
    assert any(not one.resold for one in played("strict", "move-up", 150) if one.moves)
    assert not any(one.moves for one in played("fixed", "day-24h", 40))


def test_those_on_the_waiting_list_are_asked_first_and_then_those_who_can_be_moved() -> None:
    both = replace(Behaviour(), on_waiting_list=0.3, booked_later=0.3)
    for plan in plans(number=5, behaviour=both):
        matching = [wish_of(p.facts, now=plan.cancelled_at, policy=SHOP) is not None for p in plan.people]
        moving = [move_of(p.facts, now=plan.cancelled_at, policy=SHOP) is not None for p in plan.people]
        first = matching.index(False)
        assert first > 0
        assert not any(matching[first:])
        assert moving[first]
        assert True not in moving[moving.index(False, first) :]


def test_a_time_that_nobody_on_the_list_wants_is_not_offered_to_them() -> None:
    listed = replace(Behaviour(), on_waiting_list=1.0, waiting_list_acceptance=0.0)
    asked = sum(one.asked for one in played("fixed", "day-24h", 40, listed))
    everybody = sum(one.asked for one in played("fixed", "day-24h", 40, replace(Behaviour(), acceptance=0.0)))
    assert 0 < asked < 0.8 * everybody


def test_every_number_has_a_meaning_and_a_source() -> None:
    assert all(one.meaning and one.source for one in described(Behaviour()))


class WatchedPlay(RecoveryPlay):
    """Checks all offers after every event."""

    def apply(self, event: Event, past: int | None = None) -> None:
        super().apply(event, past)
        assert sum(one.live for one in self.offers.values()) <= 1
        assert self.current.offer is None or self.current.booking is not None or self.current.offer.live


@pytest.mark.parametrize("way", ["fixed", "adaptive"])
def test_one_customer_is_asked_at_a_time(way: str) -> None:
    behaviour = SCENARIOS["mixed"].behaviour
    settings = WAYS[way].settings(SHOP, behaviour)
    results = [WatchedPlay(plan, settings).play() for plan in plans(number=40)]
    assert sum(one.asked for one in results) > 100


def test_nobody_is_asked_in_quiet_hours_or_after_the_cut_off() -> None:
    for result in played("adaptive", "evening"):
        if result.first_asked_at is not None:
            local = result.first_asked_at.astimezone(result.cancelled_at.tzinfo)
            assert 8 <= local.hour < 21
            assert result.first_asked_at <= result.starts_at - SHOP.min_notice + timedelta(seconds=2)


def test_a_late_yes_that_counts_fills_more_than_one_that_does_not() -> None:
    strict, fixed = (
        sum(one.sold_at is not None for one in played(way, "day-3h", 150)) for way in ("strict", "fixed")
    )
    assert fixed > strict


def test_shorter_windows_fill_more_when_time_is_short() -> None:
    fixed, adaptive = (
        sum(one.sold_at is not None for one in played(way, "day-3h", 150)) for way in ("fixed", "adaptive")
    )
    assert adaptive > fixed


def test_without_an_interested_customer_nothing_is_sold() -> None:
    never = replace(Behaviour(), acceptance=0.0)
    for way in WAYS:
        assert not any(one.sold_at for one in played(way, number=20, behaviour=never))


def test_a_customer_who_says_yes_pays_or_the_next_customer_is_asked() -> None:
    refused = replace(Behaviour(), abandoned=1.0, card_declined=0.0)
    results = played("fixed", number=20, behaviour=refused)
    assert not any(one.sold_at for one in results)
    assert sum(one.abandoned for one in results) > 0


def test_the_lead_time_and_the_hour_change_the_answer() -> None:
    (plan,) = plans("day-24h", 1)
    person = replace(plan.people[0], draws=plan.people[0].draws._replace(mood=0.10))
    noon = plan.starts_at.replace(hour=12)
    asked = {"asked_at": noon, "starts_at": noon + timedelta(hours=20)}
    assert answer_of(person, **asked) is CustomerAnswer.YES
    asked["starts_at"] = noon + timedelta(hours=1)
    assert answer_of(person, **asked) is CustomerAnswer.NO


def test_an_interval_holds_the_mean_of_its_seeds() -> None:
    figure = interval([0.5, 0.6, None, 0.7])
    assert figure.value == pytest.approx(0.6)
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 0.6 < figure.high
    assert interval([None]).value is None


def test_every_lead_time_has_a_group() -> None:
    assert [lead_time_of(minutes) for minutes in (90, 200, 1440, 9999)] == [
        *("under 3 h", "3 to 12 h", "12 to 24 h", "over 24 h")
    ]


@pytest.mark.parametrize("scenario", long_except(sorted(SCENARIOS), *sorted(SCENARIOS)[::4]))
def test_every_scenario_runs_in_every_way(scenario: str) -> None:
    found = run(SCENARIOS[scenario], ways_named([]), seed=1, slots=20, shop=Policy(timezone="Europe/London"))
    assert [way.name for way in found.ways] == list(WAYS)
