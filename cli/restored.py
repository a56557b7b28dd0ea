"""`slots restored`: compares a restored database with the records of Stripe and Twilio."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from cli.help import Command
from cli.printing import as_json_option, phone_shown, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, with_data, worker_dependencies

if TYPE_CHECKING:
    from worker.dependencies import Dependencies
    from worker.reconciliation.after_restore import Lost, LostPayment, LostText

EXAMPLES = """\
slots restored --since '2026-11-21 10:15:00+00'           list the missing texts and payments
slots restored --since '2026-11-21 10:15:00+00' --apply   record the texts; refund or cancel the payments
"""
PAYMENTS = ("payment", "shop", "amount", "state", "outcome")
TEXTS = ("text", "sent", "to", "outcome")
NOT_APPLIED = "Nothing was changed. To record the texts, and to refund or cancel the payments: --apply"
ONE_AT_A_TIME = 482175
LATEST = timedelta(hours=1)
"""The maximum time by which --since can be later than the newest row."""


@click.command(cls=Command, examples=EXAMPLES, short_help="Find texts and payments missing from a restored database.")
@click.option("--since", required=True, metavar="TIME", help="The time to which the database was restored.")
@click.option("--apply", is_flag=True, help="Record the texts, refund paid payments, and cancel unpaid payments.")
@click.option("--yes", is_flag=True, help="Skip the confirmation, and accept a --since after the newest row.")
@as_json_option
@with_data
def restored(since: str, apply: bool, yes: bool, as_json: bool) -> None:
    """Find texts and payments that are missing from a restored database. Run this before the workers start.

    A pending message whose text was sent is marked as sent. Any other text is recorded without its wording, so that
    the customer is not asked again within the shop's cooldown, and no reminder or confirmation with the same wording
    is sent within a day. Opt-outs and opt-ins that customers have texted since TIME are applied. A completed payment
    that is missing from the database is refunded if its appointment does not exist, and the shop's staff are
    notified; an unpaid payment that is missing is cancelled. Repeating the command has no further effect.

    Never use --apply on a copy of the database with live keys: it would refund the payments made since the copy was
    created.

    Needs the worker's settings (DATABASE_URL, TWILIO_..., STRIPE_...). A TIME without a time zone is in UTC.

    Exit codes: 0 done, 1 a provider did not respond, a payment is not settled (the output gives the reason) or the
    command is already running, 2 invalid usage or not confirmed.
    """
    from db.locks import advisory_lock
    from worker.reconciliation.after_restore import CANCELLED, REFUNDED, UnfinishedError

    moment, dependencies = _moment(since), worker_dependencies("restored")
    try:
        with advisory_lock(dependencies.engine, ONE_AT_A_TIME) as acquired:
            if not acquired:
                raise CannotError("`slots restored` is already running for this database. Wait until it has ended.")
            _compare_with_newest(dependencies, moment, yes=yes)
            payments, texts = _found(dependencies, moment, apply=apply, yes=yes)
    except UnfinishedError as unfinished:
        raise CannotError(str(unfinished)) from None
    _print(payments, texts, apply=apply, as_json=as_json)
    if apply and any(one.outcome not in (REFUNDED, CANCELLED) for one in payments):
        sys.exit(1)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("not a time such as 2026-11-21 10:15:00+00", param_hint="--since") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise click.BadParameter(f"{moment:%Y-%m-%d %H:%M:%S%z} is in the future", param_hint="--since")
    return moment


def _compare_with_newest(dependencies: "Dependencies", since: datetime, *, yes: bool) -> None:
    from db.messages import restored_texts

    with dependencies.transactions() as session:
        newest = restored_texts.newest_row(session)
    if newest is None:
        return
    say(f"Since:      {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC\nNewest row: {newest:%Y-%m-%d %H:%M:%S} UTC")
    if since > newest + LATEST and not yes:
        raise click.UsageError(
            "--since is more than an hour after the newest row, so texts or payments could be missed. Specify the "
            "time to which the database was restored. If this is that time, add --yes."
        )


def _found(
    dependencies: "Dependencies", since: datetime, *, apply: bool, yes: bool
) -> "tuple[list[LostPayment], list[LostText]]":
    from worker.reconciliation import after_restore
    from worker.reconciliation.after_restore import LostText

    lost = after_restore.find_lost(dependencies, since)
    if not apply:
        return lost.payments, [LostText(one.sid, one.to, one.at) for one in lost.texts]
    _confirm(dependencies, lost, yes=yes)
    return after_restore.settle(dependencies, lost, since)


def _confirm(dependencies: "Dependencies", lost: "Lost", *, yes: bool) -> None:
    """Prints the planned changes and the accounts they affect, and asks for confirmation."""
    say("\n".join(_plan(dependencies, lost)))
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Nothing was changed. Without a terminal, --apply needs --yes.")
    if not click.confirm("Continue? On a copy of the system, answer no.", err=True):
        raise click.UsageError("Nothing was changed.")


def _plan(dependencies: "Dependencies", lost: "Lost") -> list[str]:
    from domain.money import format_amount
    from providers.stripe.stripe_results import IntentState, Later

    refunds = [one for one in lost.payments if one.to_refund]
    totals = Counter[str]()
    for one in refunds:
        totals[one.currency] += one.left
    sums = [format_amount(total, currency, "en") for currency, total in totals.items()]
    account = dependencies.stripe.account()
    url = dependencies.engine.url
    return [
        f"Database:   {url.database} on {url.host or url.query.get('host', 'this host')}",
        f"Stripe:     {dependencies.settings.stripe.mode} mode, account "
        + ("unknown" if isinstance(account, Later) else account),
        " ".join([f"To refund:  {len(refunds)}", *sums]),
        f"To cancel:  {sum(one.state is IntentState.OPEN for one in lost.payments)}",
        f"To record:  {len(lost.texts)} texts",
    ]


def _print(payments: "list[LostPayment]", texts: "list[LostText]", *, apply: bool, as_json: bool) -> None:
    from dataclasses import asdict

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
