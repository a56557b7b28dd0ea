"""`slots received`: lists recorded webhooks from Twilio and Stripe, and handles webhooks again."""

from typing import TYPE_CHECKING

import click

from cli.help import Command, LazyGroup
from cli.printing import as_json_option, full_phones_option, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, database, with_data

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from views.webhook_list import ListedWebhook

COMMANDS = {
    "list": "cli.recorded_webhooks:list_webhooks",
    "show": "cli.recorded_webhooks:show_webhook",
    "resend": "cli.recorded_webhooks:resend_webhook",
}
EXAMPLES = """\
slots received list --unhandled                            list webhooks that were not handled yet
slots received show evt_wQ7WiB6RnWQ3ISzs1i5yzXTw           show one webhook and the tasks that it started
slots received resend SM87a842a5dc19a2bbe26949fe6a013d35   handle one again; safe to repeat
"""
HEADINGS = ("received", "provider", "type", "event", "handled", "outcome")


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def received() -> None:
    """List recorded webhooks, and handle them again."""


@click.command("list", cls=Command, examples="slots received list --provider stripe --limit 20")
@click.option("--provider", type=click.Choice(["twilio", "stripe"]), help="Only webhooks of this provider.")
@click.option("--type", "type_", help="Only this type: inbound, status, payment_intent.succeeded, ...")
@click.option("--unhandled", is_flag=True, help="Only webhooks that have not been handled yet.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Maximum number of rows."
)
@as_json_option
@full_phones_option
@with_data
def list_webhooks(
    provider: str | None, type_: str | None, unhandled: bool, limit: int, as_json: bool, full_phones: bool
) -> None:
    """List recorded webhooks, newest first.

    Exit codes: 0 listed (possibly none), 1 the database could not be read.
    """
    from views import webhook_list

    with database() as session:
        found = webhook_list.newest(session, limit=limit, provider=provider, type=type_, unhandled=unhandled)
    if as_json:
        print_json([_without_payload(one) for one in found], full_phones=full_phones)
    elif found:
        print_table(HEADINGS, [_row(one) for one in found])
    else:
        say(
            "No matching webhooks."
            if unhandled or provider or type_
            else "No webhooks yet. To check the setup: slots doctor"
        )


def _row(one: "ListedWebhook") -> tuple[str, ...]:
    passed = max(0.0, (one.handled_at - one.received_at).total_seconds()) if one.handled_at else None
    handled = "no" if passed is None else f"{passed:.1f} s later"
    when = one.received_at.strftime("%Y-%m-%d %H:%M:%S")
    return when, one.provider, one.type, one.event_id, handled, one.outcome or ""


def _without_payload(one: "ListedWebhook") -> dict[str, object]:
    names = ("id", "provider", "event_id", "type", "shop_id", "received_at", "handled_at", "outcome")
    return {name: getattr(one, name) for name in names}


@click.command("show", cls=Command, examples="slots received show evt_wQ7WiB6RnWQ3ISzs1i5yzXTw")
@click.argument("words", metavar="ID")
@full_phones_option
@with_data
def show_webhook(words: str, full_phones: bool) -> None:
    """Show one webhook as JSON, with its payload and tasks.

    ID is the provider's id (SM..., evt_...) or the id of the row. Phone numbers are masked. Secrets are never shown.

    Exit codes: 0 shown, 1 there is no such webhook.
    """
    from dataclasses import asdict

    from views import webhook_list

    with database() as session:
        one = _named(session, words)
        tasks = webhook_list.tasks_of(session, one)
    print_json(asdict(one) | {"tasks": tasks}, full_phones=full_phones)


@click.command("resend", cls=Command, examples="slots received resend evt_wQ7WiB6RnWQ3ISzs1i5yzXTw")
@click.argument("words", metavar="ID")
@with_data
def resend_webhook(words: str) -> None:
    """Handle a recorded webhook again.

    This is safe: facts that are already recorded are not recorded again, and for a payment event, a worker first
    looks up the payment at Stripe. The command refuses to handle a text again if its sender would get a second
    answer, has sent another text since, or has been asked again. Prints the id of the task.

    Exit codes: 0 the task was added, 1 the webhook cannot be handled again (the message gives the reason).
    """
    from cli.add_tasks import database_and_publisher
    from cli.resend_webhook import resend

    with database_and_publisher() as session:
        task = resend(session, _named(session, words))
    click.echo(task)
    say(f"The task was added. Unfinished tasks: slots pending list; the result: slots show {words}")


def _named(session: "Session", words: str) -> "ListedWebhook":
    from views import webhook_list

    one = webhook_list.named(session, words.strip())
    if one is None:
        raise CannotError(f"There is no webhook “{words}”. See: slots received list")
    return one
