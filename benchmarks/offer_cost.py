"""Measures only the processor time of an offer, by service: `python -m benchmarks.offer_cost --rounds 5`.

The result is the "processor time of an offer" in the report. The command takes a minute and serves to compare two
versions.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import click

from benchmarks.measures import machines
from benchmarks.measures.offer_rate import SLOTS_A_SHOP, warm_up
from benchmarks.system_under_test import running


@click.command()
@click.option(
    "--workers", default=4, show_default=True, help="Number of worker processes. Each process consumes every queue."
)
@click.option("--rounds", default=5, show_default=True)
@click.option("--shops", default=25, show_default=True, help="Shops in each round, with ten offers each.")
def main(workers: int, rounds: int, shops: int) -> None:
    """Print the processor milliseconds of an offer, by service: one line per round and the median."""
    costs: list[dict[str, float]] = []
    with running(machines.services(workers), baseline=False) as system:
        warm_up(system)
        for number in range(rounds):
            _, used = machines.offers_with_cost(system, f"round {number}", shops=shops)
            costs.append({name: seconds * 1000 / (shops * SLOTS_A_SHOP) for name, seconds in used.items()})
            print(_line(f"round {number + 1}", costs[-1]), flush=True)
    print(_line("median", {name: statistics.median(cost[name] for cost in costs) for name in costs[0]}))


def _line(name: str, cost: Mapping[str, float]) -> str:
    parts = ", ".join(f"{service} {ms:.1f}" for service, ms in cost.items())
    whole = sum(cost.values())
    return f"{name}: {whole:.1f} ms ({parts}); without the sandbox {whole - cost['sandbox']:.1f}"


if __name__ == "__main__":
    main()
