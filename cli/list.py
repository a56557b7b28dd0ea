"""`slots list`: lists the newest recoveries and their stages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, full_phones_option, local, phone_shown, print_json, print_table
from cli.progress import say
from cli.target_system import database, with_data

if TYPE_CHECKING:
    from views.recovery_overview import Overview

EXAMPLES = """\
slots list                                        the newest recoveries of all shops
slots list --status open                          only those that are looking for a customer
slots list --status holding --shop "Salon Lou"    those of one shop that are waiting for a deposit
slots list --json | jq -r '.[].slot_opening_id'   for scripts
"""
STATUSES = ("open", "filled", "expired")
STAGES = ("Looking", "Offering", "Holding", "Recovered", "Closed")
HEADINGS = ("recovery", "stage", "starts", "shop", "customer", "phone", "asked", "reason")


@click.command("list", cls=Command, examples=EXAMPLES)
@click.option(
    "--status",
    "chosen",
    multiple=True,
    type=click.Choice([*STATUSES, *STAGES], case_sensitive=False),
    help="A status of the slot or a stage of the recovery. Repeatable.",
)
@click.option("--shop", metavar="ID|NAME|NUMBER", help="Only recoveries of this shop.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Maximum number of rows."
)
@as_json_option
@full_phones_option
@with_data
def recoveries(chosen: tuple[str, ...], shop: str | None, limit: int, as_json: bool, full_phones: bool) -> None:
    """List recoveries, newest first.

    Exit codes: 0 listed (possibly none), 1 the database could not be read (the message gives the reason).
    """
    from cli.find_shop import shop_named
    from domain.state import SlotStatus, Stage
    from views import recovery_overview

    statuses = [SlotStatus(word) for word in chosen if word in STATUSES] or None
    stages = [Stage(word) for word in chosen if word in STAGES] or None
    with database() as session:
        shop_id = shop_named(session, shop).id if shop else None
        found = recovery_overview.newest(session, limit=limit + 1, shop_id=shop_id, statuses=statuses, stages=stages)
    print_recoveries(found[:limit], as_json=as_json, full_phones=full_phones)
    if len(found) > limit:
        say(f"Only the first {limit} are shown. For more: slots list --limit {limit * 10}")


def print_recoveries(found: "Sequence[Overview]", *, as_json: bool, full_phones: bool) -> None:
    """Prints recoveries as a table or as JSON."""
    from cli.marks import mark
    from domain.time_zones import zone_named

    if as_json:
        print_json(list(found), full_phones=full_phones)
        return
    if not found:
        say("No recoveries yet. A recovery starts when a paid appointment is cancelled.")
        return
    rows = [
        (
            str(one.slot_opening_id),
            f"{mark(one.stage)[0]} {one.stage.value}",
            local(one.starts_at, zone_named(one.timezone)),
            one.shop,
            one.customer or "",
            phone_shown(one.phone, full_phones=full_phones),
            str(one.asked),
            one.reason or "",
        )
        for one in found
    ]
    print_table(HEADINGS, rows)
