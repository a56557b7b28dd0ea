"""`slots simulate`: compares offer policies on simulated slots."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, print_json
from cli.progress import say
from cli.target_system import CannotError, with_data

if TYPE_CHECKING:
    from domain.policy import Policy
    from simulation.scenarios import Scenario

EXAMPLES = """\
slots simulate                                        compare all policies
slots simulate --scenario day-24h --slots 100000      narrower confidence intervals; takes a few minutes
slots simulate --policy fixed --policy adaptive       compare two policies
slots simulate --shop "Bella's Salon" --data .data    use the settings and past replies of a shop
slots simulate --seed 7 --json                        the same seed gives the same output
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Compare offer policies on simulated slots.")
@click.option(
    "--shop", metavar="ID", help="Use the settings and past replies of this shop (id, name or sending number)."
)
@click.option("--scenario", metavar="NAME", help="Scenario to simulate (see above). Default: mixed.")
@click.option("--policy", "policies", multiple=True, metavar="NAME", help="Offer policy; repeatable. Default: all.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same output.")
@click.option(
    "--slots",
    type=click.IntRange(100, 10_000_000),
    default=12_000,
    show_default=True,
    help="Total number of slots to simulate, divided equally among the policies.",
)
@as_json_option
@with_data
def simulate(
    shop: str | None, scenario: str | None, policies: Sequence[str], seed: int, slots: int, as_json: bool
) -> None:
    """Simulate cancelled slots with the production rules and assumed customers, in simulated time, without a
    database.

    Scenarios: mixed, day-24h, target, day-3h, short-notice, evening, week, small-shop, move-up, waiting-list.
    Policies: strict, fixed, adaptive, waves-3, waves-10, by-hand. The results depend on assumptions about customers.
    The output lists these assumptions with their sources; docs/outcomes.md explains them and the fields of the JSON.

    Exit codes: 0 printed, 1 the shop can't be simulated (the message gives the reason), 2 invalid usage.
    """
    from cli.print_simulation import print_simulation
    from simulation.policies import WAYS
    from simulation.run import run, ways_named

    if shop is not None and scenario is not None:
        raise click.UsageError("Use --shop or --scenario, not both.")
    settings, situation = _of_shop(shop) if shop is not None else _named("mixed" if scenario is None else scenario)
    try:
        ways = ways_named(policies)
    except KeyError as error:
        raise click.UsageError(f"There is no policy {error.args[0]!r}. Policies: {', '.join(WAYS)}.") from None
    found = run(situation, ways, seed=seed, slots=slots, shop=settings, progress=say)
    if as_json:
        print_json(found)
    else:
        print_simulation(found)


def _named(name: str) -> "tuple[Policy, Scenario]":
    from simulation.policies import SHOP
    from simulation.scenarios import SCENARIOS

    if name not in SCENARIOS:
        raise click.UsageError(f"There is no scenario {name!r}. Scenarios: {', '.join(SCENARIOS)}.")
    return SHOP, SCENARIOS[name]


def _of_shop(words: str) -> "tuple[Policy, Scenario]":
    from cli.find_shop import shop_named
    from cli.simulated_shop import scenario_of
    from cli.target_system import database

    with database() as session:
        found = scenario_of(session, shop_named(session, words).id)
    if found is None:
        raise CannotError("This shop has no customers who agreed to texts.")
    return found
