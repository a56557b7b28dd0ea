"""`slots webhooks`: manages a shop's webhook endpoints and lists their deliveries."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from cli.help import Command, LazyGroup
from cli.printing import as_json_option, minute, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, database, with_data
from db.audit import OPERATOR

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from db.encryption import Encryption

COMMANDS = {
    "create": "cli.webhook_endpoints:create",
    "list": "cli.webhook_endpoints:list_endpoints",
    "test": "cli.webhook_endpoints:send_test",
    "deliveries": "cli.webhook_deliveries:list_deliveries",
    "resend": "cli.webhook_deliveries:resend",
    "rotate-secret": "cli.webhook_endpoints:rotate_secret",
    "rotate-key": "cli.rotate_webhook_key:rotate_key",
    "enable": "cli.webhook_endpoints:enable",
    "disable": "cli.webhook_endpoints:disable",
    "delete": "cli.webhook_endpoints:delete",
}
EXAMPLES = """\
slots webhooks create --shop "Salon Lou" --url https://booking.example/hooks
slots webhooks list --shop "Salon Lou"
slots webhooks test 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f
slots webhooks deliveries 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f
"""
HEADINGS = ("endpoint", "url", "types", "status", "failing since", "last success")


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def webhooks() -> None:
    """Send events to other systems, and list their deliveries."""


@click.command("create", cls=Command, examples=EXAMPLES.splitlines()[0])
@click.option("--shop", required=True, help="The shop's id, name or sending number.")
@click.option("--url", required=True, help="Address to which events are sent: https://...")
@click.option(
    "--type",
    "types",
    multiple=True,
    help="Only events of this type. Repeat the option for several types. Default: all types.",
)
@click.option("--description", default="", help="Purpose of the endpoint, as shown in lists.")
@as_json_option
@with_data
def create(shop: str, url: str, types: tuple[str, ...], description: str, as_json: bool) -> None:
    """Create an endpoint. Prints only the secret, which is never shown again.

    Exit codes: 0 created, 1 not created (the message gives the reason), 2 invalid usage.
    """
    from cli.find_shop import shop_named
    from db.webhooks import webhook_endpoints
    from providers.outgoing_webhooks.signatures import new_secret

    _check(url, types)
    secret, encryption = new_secret(), endpoint_encryption()
    values = {"url": url, "types": list(types) or None, "description": description}
    with database() as session:
        found = shop_named(session, shop)
        try:
            id = webhook_endpoints.create(session, found.id, values, secret=encryption.encrypt(secret), by=OPERATOR)
        except webhook_endpoints.TooManyEndpointsError:
            raise CannotError("The shop has too many endpoints. Delete one: slots webhooks delete ID") from None
    if as_json:
        print_json({"id": id, "secret": secret, "shop_id": found.id, "url": url})
    else:
        click.echo(secret)
    say(f"Keep the secret now: it is not shown again. To test the endpoint: slots webhooks test {id}")


def _check(url: str, types: tuple[str, ...]) -> None:
    from domain.event_types import EVENT_TYPES
    from providers.allowed_addresses import AddressNotAllowedError, destination_of
    from settings.loading import load
    from settings.outgoing_webhooks import OutgoingWebhookSettings

    if unknown := sorted(set(types) - set(EVENT_TYPES)):
        known = "\n  ".join(("the types are:", *EVENT_TYPES))
        raise click.BadParameter(f"there is no type {unknown[0]}; {known}", param_hint="--type")
    try:
        destination_of(url, allow_loopback=load(OutgoingWebhookSettings).webhooks_allow_loopback)
    except AddressNotAllowedError as refused:
        raise click.BadParameter(str(refused), param_hint="--url") from None


def endpoint_encryption() -> "Encryption":
    """Returns the encryption of the endpoints' secrets."""
    from db.webhooks.webhook_endpoints import secret_encryption
    from settings.loading import load
    from settings.sign_in import StaffSettings

    return secret_encryption(load(StaffSettings).secret_keys)


@contextmanager
def one_endpoint(endpoint_id: "UUID") -> "Iterator[tuple[Session, UUID]]":
    """Opens a transaction and finds the endpoint's shop. Raises CannotError."""
    from db.webhooks import webhook_endpoints

    with database() as session:
        shop_id = webhook_endpoints.shop_of(session, endpoint_id)
        if shop_id is None:
            raise CannotError(f"There is no endpoint {endpoint_id}. To list all: slots webhooks list")
        yield session, shop_id


@click.command("list", cls=Command, examples="slots webhooks list --json")
@click.option("--shop", help="List only the endpoints of this shop (id, name or sending number).")
@as_json_option
@with_data
def list_endpoints(shop: str | None, as_json: bool) -> None:
    """List endpoints, newest first, without their secrets.

    Exit codes: 0 listed (possibly none), 1 the database could not be read or there is no such shop.
    """
    from cli.find_shop import shop_named
    from db.webhooks import webhook_endpoints

    with database() as session:
        found = webhook_endpoints.all_of(session, shop_named(session, shop).id if shop else None)
    if as_json:
        print_json([dict(row._mapping) for row in found])
    elif not found:
        say("No endpoints yet. To create one: slots webhooks create --help")
    else:
        print_table(HEADINGS, [_line(row) for row in found])


def _line(row: "Row[Any]") -> tuple[str, ...]:
    types = ", ".join(row.types) if row.types else "all"
    status = f"{row.status} ({row.disabled_reason})" if row.disabled_reason else row.status
    return str(row.id), row.url, types, status, minute(row.failing_since), minute(row.last_success_at)


@click.command("test", cls=Command, examples="slots webhooks test 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f")
@click.argument("endpoint_id", metavar="ID", type=click.UUID)
@with_data
def send_test(endpoint_id: "UUID") -> None:
    """Send a test event, `endpoint.test`. Prints the id of the delivery.

    Exit codes: 0 the event is being sent, 1 there is no such endpoint, or it is disabled.
    """
    from db.webhooks import webhook_endpoints

    with one_endpoint(endpoint_id) as (session, shop_id):
        delivery = webhook_endpoints.test(session, shop_id, endpoint_id, by=OPERATOR)
        if delivery is None:
            raise CannotError(f"The endpoint is disabled. To enable it: slots webhooks enable {endpoint_id}")
    click.echo(delivery.id)
    say(f"The event is queued. To see the response: slots webhooks deliveries {endpoint_id}")


@click.command(
    "rotate-secret", cls=Command, examples="slots webhooks rotate-secret 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f"
)
@click.argument("endpoint_id", metavar="ID", type=click.UUID)
@with_data
def rotate_secret(endpoint_id: "UUID") -> None:
    """Replace the secret and print the new secret. For a day, events are also signed with the old secret.

    Exit codes: 0 replaced, 1 there is no such endpoint.
    """
    from db.webhooks import webhook_endpoints
    from providers.outgoing_webhooks.signatures import new_secret

    secret, encryption = new_secret(), endpoint_encryption()
    with one_endpoint(endpoint_id) as (session, shop_id):
        encrypted = encryption.encrypt(secret)
        webhook_endpoints.rotate_secret(session, shop_id, endpoint_id, secret=encrypted, by=OPERATOR)
    click.echo(secret)


@click.command("enable", cls=Command, examples="slots webhooks enable 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f")
@click.argument("endpoint_id", metavar="ID", type=click.UUID)
@with_data
def enable(endpoint_id: "UUID") -> None:
    """Enable an endpoint. Queued deliveries are sent immediately.

    Exit codes: 0 enabled, 1 there is no such endpoint.
    """
    _set_status(endpoint_id, "enabled")


@click.command("disable", cls=Command, examples="slots webhooks disable 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f")
@click.argument("endpoint_id", metavar="ID", type=click.UUID)
@with_data
def disable(endpoint_id: "UUID") -> None:
    """Disable an endpoint. Send no more events to it until it is enabled again.

    Exit codes: 0 disabled, 1 there is no such endpoint.
    """
    _set_status(endpoint_id, "disabled")


def _set_status(endpoint_id: "UUID", status: str) -> None:
    from db.webhooks import webhook_endpoints

    with one_endpoint(endpoint_id) as (session, shop_id):
        webhook_endpoints.change(session, shop_id, endpoint_id, {"status": status}, by=OPERATOR)
    say(f"The endpoint is {status}.")


@click.command("delete", cls=Command, examples="slots webhooks delete 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f")
@click.argument("endpoint_id", metavar="ID", type=click.UUID)
@with_data
def delete(endpoint_id: "UUID") -> None:
    """Delete an endpoint and stop sending events to it.

    Exit codes: 0 deleted, 1 there is no such endpoint.
    """
    from db.webhooks import webhook_endpoints

    with one_endpoint(endpoint_id) as (session, shop_id):
        webhook_endpoints.delete(session, shop_id, endpoint_id, by=OPERATOR)
    say("The endpoint is deleted.")
