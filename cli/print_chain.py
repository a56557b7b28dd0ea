"""Prints the chain of slots to which a recovery belongs, in the order in which the slots became free."""

from typing import Any
from uuid import UUID

import click

from cli.marks import mark
from cli.printing import local, paint
from domain.time_zones import zone_named
from views.chains import Chain, ChainSlot


def print_chain(chain: Chain | None, *, this: UUID) -> None:
    """If the slot belongs to a chain, prints the chain. `this`: the slot whose timeline was printed."""
    if chain is None:
        return
    click.echo("\n" + paint(chain.sentence, bold=True))
    for slot in chain.slots:
        sign, colour = mark(slot.recovery.stage)
        zone = zone_named(slot.recovery.timezone)
        here = "  (this one)" if slot.recovery.slot_opening_id == this else ""
        start = local(slot.recovery.starts_at, zone)
        click.echo(f"  {paint(sign, colour)}  {start}  {_what(slot)}  {slot.recovery.slot_opening_id}{here}")


def _what(slot: ChainSlot) -> str:
    who = slot.recovery.customer or "a customer"
    if slot.moved_from is not None:
        return f"{who} moved here from {local(slot.moved_from, zone_named(slot.recovery.timezone))}"
    return f"{slot.recovery.stage.value}: {who}" if slot.recovery.customer else slot.recovery.stage.value


def chain_ids(chain: Chain) -> dict[str, Any]:
    """Returns the chain as JSON: a descriptive sentence and the ids of the slots, in order."""
    return {"sentence": chain.sentence, "slot_openings": [slot.recovery.slot_opening_id for slot in chain.slots]}
