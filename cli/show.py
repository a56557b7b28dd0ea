"""`slots show`: shows the timeline of a recovery, which can be found by any related id."""

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cli.help import Command
from cli.printing import as_json_option, full_phones_option, print_json
from cli.progress import say
from cli.target_system import CannotError, database, with_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from views.recovery_lookup import LookupResult
    from views.timeline import Timeline

EXAMPLES = """\
slots show 758e4c61-cb65-4256-8b55-2f03170bcc6b   by the id of a slot, an offer, an appointment or a payment
slots show SM87a842a5dc19a2bbe26949fe6a013d35     by the Twilio id of a text
slots show pi_RYX79pVZnLlYoRgLjn81ukk3            by the Stripe id of a payment
slots show +447700900012                          by a customer's phone number
slots show --follow +447700900012                 and print new entries as they happen
slots show --all --data .data SM87a8...           with webhooks and details, on the system of `make up`
"""
SEVERAL = 3
POLL_SECONDS = 0.5


@click.command(cls=Command, examples=EXAMPLES, short_help="Show the timeline of one recovery.")
@click.argument("words", metavar="ID")
@click.option("--all", "everything", is_flag=True, help="Show every entry, with webhooks and details.")
@click.option("--follow", is_flag=True, help="Print new entries as they happen, until Ctrl-C.")
@as_json_option
@full_phones_option
@with_data
def show(words: str, everything: bool, follow: bool, as_json: bool, full_phones: bool) -> None:
    """Show the steps of one recovery in order, with the reason for each step.

    ID can be the id of the slot, or of an offer, an appointment, a payment or a message of the recovery, a Twilio id
    (SM...), a Stripe id (pi_..., re_..., evt_...), a phone number or a payment link.

    Exit codes: 0 shown, 1 not found (the message gives the reason), 3 the id belongs to several recoveries (the
    output lists them).
    """
    from cli.print_chain import chain_ids, print_chain
    from cli.print_timeline import print_new_entries, print_timeline
    from views.chains import chain_of

    if follow and as_json:
        raise click.UsageError("--follow prints lines, not JSON. For JSON: slots events --follow")
    with database() as session:
        found = _find(session, words)
        if len(found.slot_opening_ids) > 1:
            _list(session, found.what, found.slot_opening_ids, as_json=as_json, full_phones=full_phones)
            sys.exit(SEVERAL)
        found_timeline = _timeline(session, found.slot_opening_ids[0])
        chain = chain_of(session, found_timeline.recovery.shop_id, found_timeline.recovery.slot_opening_id)
    if as_json:
        print_json({**asdict(found_timeline), "chain": chain and chain_ids(chain)}, full_phones=full_phones)
    else:
        print_timeline(found_timeline, everything=everything, full_phones=full_phones)
        print_chain(chain, this=found_timeline.recovery.slot_opening_id)
    while follow:
        time.sleep(POLL_SECONDS)
        before = found_timeline
        with database() as session:
            found_timeline = _timeline(session, before.recovery.slot_opening_id)
        print_new_entries(before, found_timeline, everything=everything, full_phones=full_phones)


def _find(session: "Session", words: str) -> "LookupResult":
    from views import recovery_lookup

    found = recovery_lookup.find(session, words)
    if found is None:
        raise CannotError(
            f"Nothing was found for “{words}”. To list recoveries: slots list\n"
            "A phone number needs its country code: +44..."
        )
    if not found.slot_opening_ids:
        raise CannotError(f"This is {found.what} without a recovery. {found.why_none}")
    return found


def _timeline(session: "Session", slot_opening_id: "UUID") -> "Timeline":
    from providers import code_descriptions
    from views import recovery_overview
    from views.timeline import Codes, timeline, with_webhooks

    (recovery,) = recovery_overview.these(session, [slot_opening_id])
    codes = Codes(carrier=code_descriptions.carrier_code, decline=code_descriptions.decline_code)
    found_timeline = timeline(session, slot_opening_id, shop_id=recovery.shop_id, codes=codes)
    assert found_timeline is not None  # noqa: S101 - found in this transaction
    return with_webhooks(session, found_timeline)


def _list(session: "Session", what: str, ids: "Sequence[UUID]", *, as_json: bool, full_phones: bool) -> None:
    from cli.list import print_recoveries
    from views import recovery_overview

    say(f"This is {what} with several recoveries. To show one: slots show <id>")
    print_recoveries(recovery_overview.these(session, ids), as_json=as_json, full_phones=full_phones)
