"""`slots webhooks deliveries` and `resend`: lists the deliveries of a webhook endpoint, and sends an event again."""

from typing import TYPE_CHECKING, Any

import click

from cli.help import Command
from cli.printing import as_json_option, minute, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, database, with_data
from db.audit import OPERATOR

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row

HEADINGS = ("delivery", "event", "type", "status", "attempts", "answer", "created")


@click.command("deliveries", cls=Command, examples="slots webhooks deliveries 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f")
@click.argument("endpoint_id", metavar="ID", type=click.UUID)
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, help="Maximum number of rows.")
@as_json_option
@with_data
def list_deliveries(endpoint_id: "UUID", limit: int, as_json: bool) -> None:
    """List the deliveries of the last 30 days, newest first. With --json, the output includes all attempts.

    Exit codes: 0 listed (possibly none), 1 there is no such endpoint.
    """
    from cli.webhook_endpoints import one_endpoint
    from db.webhooks import events, webhook_endpoints

    with one_endpoint(endpoint_id) as (session, shop_id):
        found = webhook_endpoints.newest_deliveries(session, shop_id, endpoint_id, limit=limit)
    if as_json:
        print_json([{**row._mapping, "event_id": events.public_id(row.event_id)} for row in found])
    elif not found:
        say("No deliveries yet.")
    else:
        print_table(HEADINGS, [_delivery(row) for row in found])


def _delivery(row: "Row[Any]") -> tuple[str, ...]:
    from db.webhooks import events

    last = row.attempts[-1] if row.attempts else {}
    answer = str(last.get("status_code") or last.get("error") or "")
    count = str(len(row.attempts))
    return (
        str(row.id),
        events.public_id(row.event_id),
        row.event_type,
        row.status,
        count,
        answer,
        minute(row.created_at),
    )


@click.command("resend", cls=Command, examples="slots webhooks resend 7c9e6679-7425-40de-944b-e07fc1f90ae7")
@click.argument("delivery_id", metavar="DELIVERY_ID", type=click.UUID)
@with_data
def resend(delivery_id: "UUID") -> None:
    """Send an event again immediately.

    Exit codes: 0 the event is being sent, 1 there is no such delivery.
    """
    from db.webhooks import webhook_endpoints

    with database() as session:
        if not webhook_endpoints.resend(session, None, delivery_id, by=OPERATOR):
            raise CannotError(f"There is no delivery {delivery_id}. To list them: slots webhooks deliveries ID")
    say("The event is queued.")
