"""`slots events --follow`: prints the events of a shop as they happen, in the format of webhooks."""

import json
import time
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.target_system import CannotError, database, with_data

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

EXAMPLES = """\
slots events --follow --shop "Salon Lou"                      print events in the format of outgoing webhooks
slots events --follow --shop "Salon Lou" --type offer.sent    print only events of one type
"""
POLL_SECONDS = 0.5
AT_ONCE = 100


@click.command(cls=Command, examples=EXAMPLES)
@click.option("--follow", is_flag=True, required=True, help="Print each event as a line of JSON when it happens.")
@click.option("--shop", help="The shop's id, name or sending number. Required if there are several shops.")
@click.option("--type", "type_", help="Only events of this type.")
@click.option("--from-start", is_flag=True, help="Print the events of the last 30 days first.")
@with_data
def events(follow: bool, shop: str | None, type_: str | None, from_start: bool) -> None:
    """Follow the events of a shop. These are the events that the API lists and that outgoing webhooks deliver.

    Runs until Ctrl-C.

    Exit codes: 0 not used, 1 interrupted, or the shop or the type is unknown (the message gives the reason), 2
    invalid usage.
    """
    follow_events(shop, type_, from_start=from_start)


def follow_events(shop: str | None, kind: str | None, *, from_start: bool) -> None:
    """Prints every event on a separate line until Ctrl-C. Raises CannotError."""
    from db.webhooks import events
    from domain.event_types import EVENT_TYPES

    if kind is not None and kind not in EVENT_TYPES:
        raise CannotError("\n  ".join((f"There is no type {kind}. The types are:", *EVENT_TYPES)))
    with database() as session:
        shop_id = _shop(session, shop)
        after = None if from_start else events.newest(session, shop_id)
    while True:
        with database() as session:
            found = events.page(session, shop_id, after=after, types=[kind] if kind else [], limit=AT_ONCE)
        for event in found:
            click.echo(json.dumps(event.as_json, ensure_ascii=False))
            after = event.id
        if len(found) < AT_ONCE:
            time.sleep(POLL_SECONDS)


def _shop(session: "Session", words: str | None) -> "UUID":
    from sqlalchemy import select

    from cli.find_shop import shop_named
    from db.models import Shop

    if words is not None:
        return shop_named(session, words).id
    ids = list(session.execute(select(Shop.id).limit(2)).scalars())
    if len(ids) != 1:
        raise CannotError("Name the shop: slots events --follow --shop NAME. To list all: slots shop list")
    return ids[0]
