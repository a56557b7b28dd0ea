"""Measures only the processor time of an offer, by service: `python -m benchmarks.offer_cost --rounds 5`.

The result is the "processor time of an offer" in the report. The command takes a minute and serves to compare two
versions.
"""

import statistics
from collections.abc import Mapping

import click

from benchmarks.measures import machines
from benchmarks.measures.offer_rate import SLOTS_A_SHOP, offers_a_second
from benchmarks.system_under_test import running

WARM_UP_SHOPS = 10


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
        offers_a_second(system, "warm up", shops=WARM_UP_SHOPS)
        for number in range(rounds):
            before = machines.seconds_used(system)
            offers_a_second(system, f"round {number}", shops=shops)
            used = machines.seconds_used(system)
            costs.append({name: (used[name] - before[name]) * 1000 / (shops * SLOTS_A_SHOP) for name in used})
            print(_line(f"round {number + 1}", costs[-1]), flush=True)
    print(_line("median", {name: statistics.median(cost[name] for cost in costs) for name in costs[0]}))


def _line(name: str, cost: Mapping[str, float]) -> str:
    parts = ", ".join(f"{service} {ms:.1f}" for service, ms in cost.items())
    whole = sum(cost.values())
    return f"{name}: {whole:.1f} ms ({parts}); without the sandbox {whole - cost['sandbox']:.1f}"


if __name__ == "__main__":
    main()
