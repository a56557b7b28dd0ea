"""`slots keys`: creates, lists and revokes HTTP API keys."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from cli.help import Command, LazyGroup
from cli.printing import as_json_option, minute, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, database, with_data
from db.audit import OPERATOR

if TYPE_CHECKING:
    from uuid import UUID

COMMANDS = {
    "create": "cli.api_keys:create",
    "list": "cli.api_keys:list_keys",
    "revoke": "cli.api_keys:revoke",
}
EXAMPLES = """\
slots keys create --shop "Salon Lou" --name "Booking system" --scope write
slots keys list --shop "Salon Lou"
slots keys revoke 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f
"""
HEADINGS = ("key", "shop", "name", "scope", "mode", "state", "last used", "expires")
MOST_DAYS = 3650


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def keys() -> None:
    """Create, list and revoke HTTP API keys."""


@click.command("create", cls=Command, examples=EXAMPLES)
@click.option("--shop", required=True, help="The shop's id, name or sending number.")
@click.option("--name", required=True, help="Purpose of the key, as shown in lists.")
@click.option(
    "--scope",
    type=click.Choice(("read", "write")),
    default="write",
    show_default=True,
    help="Permission of the key; write includes read.",
)
@click.option("--expires-in-days", type=click.IntRange(1, MOST_DAYS), help="Default: the key never expires.")
@as_json_option
@with_data
def create(shop: str, name: str, scope: str, expires_in_days: int | None, as_json: bool) -> None:
    """Create a key. Prints only the key, which is never shown again.

    Exit codes: 0 created, 1 not created (the message gives the reason), 2 invalid usage.
    """
    from cli.find_shop import shop_named
    from db.access import api_keys

    label = name.strip()
    if not 0 < len(label) <= api_keys.LONGEST_LABEL or not label.isprintable():
        raise click.BadParameter(f"use 1 to {api_keys.LONGEST_LABEL} printable characters", param_hint="--name")
    expires_in = timedelta(days=expires_in_days) if expires_in_days else None
    live = _is_live()
    with database() as session:
        found = shop_named(session, shop)
        new = api_keys.create(
            session, found.id, label=label, scope=scope, live=live, by=OPERATOR, expires_in=expires_in
        )
    if as_json:
        print_json({"id": new.id, "key": new.key, "shop_id": new.shop_id, "scope": new.scope})
    else:
        click.echo(new.key)
    say("Keep the key now: only its hash is stored. To revoke it: slots keys revoke " + str(new.id))


def _is_live() -> bool:
    """Whether this installation uses real providers."""
    from settings.environment import FromEnvironment
    from settings.loading import load

    return load(FromEnvironment).environment == "production"


@click.command("list", cls=Command, examples="slots keys list --json")
@click.option("--shop", help="List only the keys of this shop (id, name or sending number).")
@as_json_option
@with_data
def list_keys(shop: str | None, as_json: bool) -> None:
    """List keys, newest first, without their secrets.

    Exit codes: 0 listed (possibly none), 1 the database could not be read or there is no such shop.
    """
    from cli.find_shop import shop_named
    from db.access import api_keys

    with database() as session:
        found = api_keys.listed(session, shop_named(session, shop).id if shop else None)
    if as_json:
        print_json(found)
    elif not found:
        say("No keys yet. To create one: slots keys create --help")
    else:
        print_table(
            HEADINGS,
            [
                (
                    str(one.id),
                    one.shop,
                    one.label,
                    one.scope,
                    "live" if one.live else "test",
                    one.state,
                    minute(one.last_used_at) or "never",
                    f"{one.expires_at:%Y-%m-%d}" if one.expires_at else "never",
                )
                for one in found
            ],
        )


@click.command("revoke", cls=Command, examples="slots keys revoke 3f0f1c52-8f0f-4d2c-9d1c-0a1b2c3d4e5f")
@click.argument("key_id", metavar="ID", type=click.UUID)
@with_data
def revoke(key_id: "UUID") -> None:
    """Revoke a key. The API rejects a revoked key immediately. Revoking a key again has no effect.

    Exit codes: 0 revoked now or earlier, 1 there is no such key.
    """
    from db.access import api_keys

    with database() as session:
        revoked = api_keys.revoke(session, key_id, by=OPERATOR)
    if revoked is None:
        raise CannotError(f"There is no key {key_id}. To list all keys: slots keys list")
    say("Revoked." if revoked else "It was already revoked.")
