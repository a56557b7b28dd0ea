"""`slots next`: shows the next customers for a slot, skips a customer, or picks the next customer."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

from cli.help import Command
from cli.printing import as_json_option, full_phones_option, phone_shown, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, database, with_data
from db.audit import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from views.next_in_line import CustomerInLine
    from views.recovery_overview import Overview

EXAMPLES = """\
slots next 758e4c61-cb65-4256-8b55-2f03170bcc6b                        who is asked next, and why
slots next 758e4c61-cb65-4256-8b55-2f03170bcc6b --skip +447700900012   do not ask this customer about this slot
slots next 758e4c61-cb65-4256-8b55-2f03170bcc6b --pick "Ana Silva"     ask this customer next
slots next 758e4c61-cb65-4256-8b55-2f03170bcc6b --unskip "Ana Silva"   undo a --skip
"""
HEADINGS = ("place", "customer", "name", "phone", "why")
SHOWN = 10


@click.command("next", cls=Command, examples=EXAMPLES, short_help="Show who is asked next; skip or pick a customer.")
@click.argument("slot", metavar="SLOT", type=click.UUID)
@click.option("--pick", metavar="CUSTOMER", help="Ask this customer next: an id, a name or a phone number.")
@click.option("--skip", metavar="CUSTOMER", help="Do not ask this customer about this slot.")
@click.option("--unskip", metavar="CUSTOMER", help="Let a skipped customer be asked again.")
@as_json_option
@full_phones_option
@with_data
def ask_next(
    slot: UUID, pick: str | None, skip: str | None, unskip: str | None, as_json: bool, full_phones: bool
) -> None:
    """Show the next customers for a slot on offer, and the reasons for their positions.

    With --pick, --skip or --unskip, a worker applies the choice under the same rules as every search for customers.
    If a rule forbids a --pick, the command names the rule and changes nothing. The audit log records the choice.

    Exit codes: 0 shown or requested, 1 refused or unknown (the message gives the reason), 2 invalid usage.
    """
    wanted = [(name, who) for name, who in (("pick", pick), ("skip", skip), ("unskip", unskip)) if who]
    if len(wanted) > 1:
        raise click.UsageError("Use only one of --pick, --skip and --unskip.")
    if wanted:
        _choose(slot, *wanted[0])
    else:
        _show(slot, as_json=as_json, full_phones=full_phones)


def _recovery(session: "Session", slot: UUID) -> "Overview":
    from views import recovery_overview

    found = recovery_overview.these(session, [slot])
    if not found:
        raise CannotError(f"There is no slot {slot}. To list recoveries: slots list")
    return found[0]


def _show(slot: UUID, *, as_json: bool, full_phones: bool) -> None:
    with database() as session:
        recovery = _recovery(session, slot)
        found = _in_line(session, recovery)
        rows = [dict(zip(HEADINGS, _row(place, one, full_phones), strict=True)) for place, one in enumerate(found, 1)]
    if as_json:
        print_json(rows, full_phones=full_phones)
    elif rows:
        print_table(HEADINGS, [tuple(map(str, row.values())) for row in rows])
    else:
        say(f"No customer can be asked about this slot now. Stage: {recovery.stage.value}. See: slots show {slot}")


def _in_line(session: "Session", recovery: "Overview") -> "Sequence[CustomerInLine]":
    from db.recoveries import recoveries
    from domain.state import RUNNING
    from views.next_in_line import next_in_line

    if recovery.stage not in RUNNING:
        return []
    policy = recoveries.policy_of_shop(session, recovery.shop_id)
    return next_in_line(session, recovery, policy=policy, limit=SHOWN)


def _row(place: int, one: "CustomerInLine", full_phones: bool) -> tuple[str, ...]:
    from views.next_in_line import reason_for

    phone = phone_shown(one.candidate.facts.phone_e164, full_phones=full_phones)
    return str(place), str(one.candidate.customer_id), one.candidate.name or "No name", phone, reason_for(one)


def _choose(slot: UUID, action: str, who: str) -> None:
    """Adds the task. Rejects a --pick that a rule forbids; a worker checks the rules again under the slot lock."""
    from cli.add_tasks import database_and_publisher
    from cli.find_customer import customer_named
    from db.recoveries import candidates, recoveries
    from db.tasks import pending_tasks
    from domain.eligibility import why_not

    with database_and_publisher() as session:
        recovery = _recovery(session, slot)
        candidate = candidates.one(session, slot, customer_named(session, recovery.shop_id, recovery.shop, who))
        assert candidate is not None  # noqa: S101 - this transaction has found the customer
        policy = recoveries.policy_of_shop(session, recovery.shop_id)
        rule = why_not(candidate.facts, now=recovery.now, policy=policy) if action == "pick" else None
        if rule is not None:
            raise CannotError(f"{candidate.name or 'The customer'} can't be asked next. {rule.reason}")
        pending_tasks.add(
            session, "choose_customer", slot, action, candidate.customer_id, OPERATOR, shop_id=recovery.shop_id
        )
    say(f"Requested. To see the result: slots show {slot}")
