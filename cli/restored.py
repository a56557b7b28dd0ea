"""`slots restored`: compares a restored database with the records of Stripe and Twilio."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from cli.help import Command
from cli.printing import as_json_option
from cli.target_system import CannotError, with_data

if TYPE_CHECKING:
    from worker.dependencies import Dependencies
    from worker.reconciliation.after_restore import LostPayment, LostText

EXAMPLES = """\
slots restored --since '2026-11-21 10:15:00+00'           list what the restored database does not contain
slots restored --since '2026-11-21 10:15:00+00' --apply   record the texts; refund or cancel the payments
"""
PAYMENTS = ("payment", "shop", "amount", "state", "outcome")
TEXTS = ("text", "sent", "to", "outcome")
NOT_APPLIED = "Nothing was changed. To record the texts, and to refund or cancel the payments: --apply"


@click.command(cls=Command, examples=EXAMPLES, short_help="Find texts and payments that a restored database lost.")
@click.option("--since", required=True, metavar="TIME", help="The moment to which the database was restored.")
@click.option("--apply", is_flag=True, help="Record the texts, refund paid payments and cancel unpaid ones.")
@as_json_option
@with_data
def restored(since: str, apply: bool, as_json: bool) -> None:
    """Find texts and payments that a restored database is missing. Run it before the workers start.

    A pending message whose text was sent is marked as sent. Any other text is recorded, so that its customer is not
    asked again within the shop's cooldown, and a reminder or confirmation with the same words is not repeated. A
    payment without a row is refunded if it was paid, and the shop's staff are notified; otherwise it is cancelled.
    Repeating the command has no further effect.

    Needs the settings of the worker (DATABASE_URL, TWILIO_..., STRIPE_...). Without a time zone, TIME is
    UTC.

    Exit codes: 0 done, 1 a provider did not answer or a payment is not settled (the output gives the reason), 2
    invalid usage.
    """
    from telemetry import logs
    from worker.dependencies import dependencies
    from worker.reconciliation.after_restore import NotListedError

    moment = _moment(since)
    logs.configure(process="restored", level="ERROR")
    try:
        payments, texts = _found(dependencies(), moment, apply=apply)
    except NotListedError as unavailable:
        raise CannotError(str(unavailable)) from None
    _print(payments, texts, apply=apply, as_json=as_json)
    if apply and any(one.outcome not in ("refunded", "cancelled") for one in payments):
        sys.exit(1)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("not a time such as 2026-11-21 10:15:00+00", param_hint="--since") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _found(
    dependencies: "Dependencies", since: datetime, *, apply: bool
) -> "tuple[list[LostPayment], list[LostText]]":
    from dataclasses import replace

    from worker.reconciliation import after_restore
    from worker.reconciliation.after_restore import LostText

    texts = after_restore.lost_texts(dependencies, since)
    payments = after_restore.lost_payments(dependencies, since)
    if not apply:
        return [one for one, _ in payments], [LostText(one.sid, one.to, one.at) for one in texts]
    noted = [after_restore.note_text(dependencies, one) for one in texts]
    settled = [
        replace(one, outcome=after_restore.settle_payment(dependencies, one, intent)) for one, intent in payments
    ]
    return settled, noted


def _print(payments: "list[LostPayment]", texts: "list[LostText]", *, apply: bool, as_json: bool) -> None:
    from dataclasses import asdict

    from cli.printing import phone_shown, print_json, print_table
    from cli.progress import say

    if as_json:
        found: dict[str, list[dict[str, Any]]] = {
            "payments": [asdict(one) for one in payments],
            "texts": [asdict(one) | {"to": phone_shown(one.to, full_phones=False)} for one in texts],
        }
        print_json(found)
        return
    if payments:
        print_table(PAYMENTS, [(one.intent_id, one.shop, one.amount, one.state, one.outcome) for one in payments])
    if texts:
        rows = [(t.sid, f"{t.at:%Y-%m-%d %H:%M:%S}", phone_shown(t.to, full_phones=False), t.outcome) for t in texts]
        print_table(TEXTS, rows)
    if not payments and not texts:
        say("The database contains all texts and payments since then.")
    elif not apply:
        say(NOT_APPLIED)
