"""`slots shop`: creates a shop or lists all shops."""

import os
from datetime import time
from typing import TYPE_CHECKING, Any

import click

from cli.help import Command, LazyGroup
from cli.printing import as_json_option, print_json, print_table
from cli.progress import say
from cli.target_system import CannotError, database, with_data

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

COMMANDS = {"create": "cli.shop:create", "list": "cli.shop:list_shops"}
EXAMPLES = """\
slots shop create --name "Salon Lou" --sms-from +447700900100 --owner-phone +447700900101
slots shop create --name "Salon Lou" --sms-from +447700900100 --owner-email lou@example.com --deposit 2000
slots shop list
"""
HEADINGS = ("shop", "name", "number", "time zone", "deposit", "customers", "open", "recovered")

LONGEST_NAME = 120


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def shop() -> None:
    """Create a shop, or list all shops."""


@click.command("create", cls=Command, examples=EXAMPLES)
@click.option("--name", required=True, help="Name of the shop that customers see.")
@click.option(
    "--sms-from", required=True, metavar="NUMBER", help="Number that sends the shop's texts, like +447700900100."
)
@click.option("--country", metavar="CODE", help="ISO code, like GB. Default: the country of --sms-from.")
@click.option(
    "--timezone",
    metavar="ZONE",
    help="IANA name, like Europe/London. Default: the zone of the country if it has only one, otherwise UTC.",
)
@click.option("--currency", metavar="CODE", help="ISO code, like GBP. Default: the currency of the country.")
@click.option(
    "--locale", metavar="NAME", help="Language and country, like de_DE. Default: the locale of the country."
)
@click.option(
    "--deposit",
    "deposit_cents",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Deposit in the smallest currency unit: 2000 is 20.00.",
)
@click.option("--address", help="Address of the shop, shown in confirmations.")
@click.option(
    "--offer-window",
    "offer_window_minutes",
    type=click.IntRange(1, 1440),
    default=15,
    show_default=True,
    help="How many minutes a customer has to answer an offer.",
)
@click.option(
    "--payment-window",
    "payment_window_minutes",
    type=click.IntRange(1, 1440),
    default=15,
    show_default=True,
    help="How many minutes a customer has to pay after a YES.",
)
@click.option(
    "--cooldown",
    "cooldown_hours",
    type=click.IntRange(0, 8760),
    default=24,
    show_default=True,
    help="Hours between two offers to the same customer.",
)
@click.option(
    "--payment-attempts",
    type=click.IntRange(1, 10),
    default=3,
    show_default=True,
    help="How many cards a customer may try before the next customer is asked.",
)
@click.option(
    "--no-quiet-hours",
    is_flag=True,
    help="Send offers and reminders at any hour. By default, none are sent from 21:00 to 08:00.",
)
@click.option("--owner-name", default="Owner", show_default=True, help="Name of the first member of staff.")
@click.option("--owner-phone", metavar="NUMBER", help="Phone number for sign-in codes, like +447700900101.")
@click.option("--owner-email", help="E-mail address for sign-in codes.")
@as_json_option
@with_data
def create(
    as_json: bool,
    no_quiet_hours: bool,
    owner_name: str,
    owner_phone: str | None,
    owner_email: str | None,
    **columns: Any,
) -> None:
    """Create a shop and its owner, who can sign in. Prints the id of the shop.

    Exit codes: 0 created, 1 not created (the message gives the reason), 2 invalid usage.
    """
    columns["name"], owner_name = _name("--name", columns["name"]), _name("--owner-name", owner_name)
    owner_phone = _check(columns, owner_phone, owner_email)
    _require_owner(columns, owner_phone or owner_email)
    if no_quiet_hours:
        columns |= dict.fromkeys(("quiet_from", "quiet_until"), time())
    with database() as session:
        created = _insert(session, "shops", columns)
        owner = {"shop_id": created["id"], "name": owner_name, "phone": owner_phone, "email": owner_email}
        _insert(session, "staff", owner | {"role": "owner"})
    if as_json:
        print_json(created, full_phones=True)
    else:
        click.echo(created["id"])
    say(_next_steps(created["id"], owner_phone or owner_email or ""))


def _name(option: str, typed: str) -> str:
    """Returns the name on one line. Raises click.BadParameter if it is blank or too long."""
    name = " ".join(typed.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise click.BadParameter(f"use 1 to {LONGEST_NAME} characters", param_hint=option)
    return name


def _require_owner(columns: dict[str, Any], address: str | None) -> None:
    """Raises click.UsageError if the shop would have no owner who can sign in."""
    if address:
        return
    create = f'slots shop create --name "{columns["name"]}" --sms-from {columns["sms_from"]}'
    raise click.UsageError(
        "Nobody could sign in to this shop. Specify the owner's phone number or e-mail address:\n"
        f"  {create} --owner-phone +447700900101\n"
        f"  {create} --owner-email owner@example.com"
    )


def _next_steps(shop_id: object, owner: str) -> str:
    """Returns the next steps, with this system's addresses if they are known."""
    base = os.environ.get("APP_URL", "").rstrip("/")
    return (
        f"Sign in as {owner}: {base}/app/login\n"
        f"Then follow the checklist: {base}/app/start\n"
        f"Customers can also be imported here: slots customers import FILE.csv --shop {shop_id}"
    )


def _check(columns: dict[str, Any], owner_phone: str | None, owner_email: str | None) -> str | None:
    """Normalises the columns. Returns the owner's phone number. Raises click.BadParameter, naming the option."""
    from babel.core import Locale, UnknownLocaleError

    from domain.time_zones import is_known

    owner_phone = _check_numbers(columns, owner_phone)
    _fill_in(columns)
    if not is_known(columns["timezone"]):
        raise click.BadParameter(
            f"“{columns['timezone']}” is unknown; use an IANA name like Europe/London", param_hint="--timezone"
        )
    _check_money(columns)
    if owner_email and "@" not in owner_email:
        raise click.BadParameter("is not an e-mail address", param_hint="--owner-email")
    try:
        Locale.parse(columns["locale"].replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise click.BadParameter("use a language and country, like en_GB", param_hint="--locale") from None
    return owner_phone


def _fill_in(columns: dict[str, Any]) -> None:
    """Fills in a missing time zone, currency or locale from the shop's country."""
    from domain.country_defaults import defaults_of
    from domain.phones.parsing import country_of

    defaults = defaults_of(country_of(columns["country"], columns["sms_from"]))
    for name in ("timezone", "currency", "locale"):
        columns[name] = columns[name] or getattr(defaults, name)


def _check_money(columns: dict[str, Any]) -> None:
    """Rejects amounts that Stripe cannot charge."""
    from domain.charging import CURRENCIES, why_not_chargeable
    from domain.money import charge_step, to_stripe

    currency, deposit = columns["currency"].upper(), columns["deposit_cents"]
    if currency not in CURRENCIES:
        raise click.BadParameter("use an ISO code that Stripe supports, like GBP", param_hint="--currency")
    columns["currency"] = currency
    if not deposit:
        return
    if deposit != to_stripe(deposit, currency):
        step = charge_step(currency)
        raise click.BadParameter(f"Stripe charges {currency} in multiples of {step}", param_hint="--deposit")
    if why_not := why_not_chargeable(deposit, currency):
        raise click.BadParameter(why_not, param_hint="--deposit")


def _check_numbers(columns: dict[str, Any], owner_phone: str | None) -> str | None:
    """Checks the country and the numbers. Returns the owner's number, which must be able to receive texts."""
    from domain.countries import country_names
    from domain.phones.parsing import country_of, parse
    from domain.phones.typed_phone import RefusedNumber

    country = (columns["country"] or "").upper() or None
    if country and country not in country_names():
        raise click.BadParameter("use an ISO code of two letters, like GB", param_hint="--country")
    columns["country"] = country
    sms_from = parse(columns["sms_from"], country)
    if isinstance(sms_from, RefusedNumber):
        raise click.BadParameter(f"“{columns['sms_from']}”: {sms_from.reason}", param_hint="--sms-from")
    columns["sms_from"] = sms_from.e164
    if not owner_phone:
        return None
    owner = parse(owner_phone, country_of(country, sms_from.e164))
    reason = owner.reason if isinstance(owner, RefusedNumber) else owner.no_texts
    if reason:
        raise click.BadParameter(f"“{owner_phone}”: {reason}", param_hint="--owner-phone")
    return owner.e164 if not isinstance(owner, RefusedNumber) else None


def _insert(session: "Session", table: str, columns: dict[str, Any]) -> dict[str, Any]:
    from psycopg.errors import UniqueViolation
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    given = {name: value for name, value in columns.items() if value is not None}
    names, places = ", ".join(given), ", ".join(f":{name}" for name in given)
    statement = text(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING *")  # noqa: S608 - constant names
    try:
        return dict(session.execute(statement, given).mappings().one())
    except IntegrityError as taken:
        if isinstance(taken.orig, UniqueViolation) and taken.orig.diag.constraint_name == "shops_sms_from_key":
            raise CannotError(
                f"{columns['sms_from']} is already the number of another shop. See: slots shop list"
            ) from None
        raise


@click.command("list", cls=Command, examples="slots shop list --json")
@as_json_option
@with_data
def list_shops(as_json: bool) -> None:
    """List the shops with their sending numbers and statistics.

    Exit codes: 0 listed (possibly none), 1 the database could not be read.
    """
    from domain.money import format_amount

    with database() as session:
        found = _shops(session)
    if as_json:
        # A shop's number is not personal data and is therefore not masked.
        print_json(found, full_phones=True)
    elif not found:
        say("No shops yet. To create one: slots shop create --help")
    else:
        rows = [
            (
                str(one["id"]),
                one["name"],
                one["sms_from"] or "none",
                one["timezone"],
                format_amount(one["deposit_cents"], one["currency"], one["locale"]),
                *(str(one[count]) for count in ("customers", "open", "recovered")),
            )
            for one in found
        ]
        print_table(HEADINGS, rows)


def _shops(session: "Session") -> list[dict[str, Any]]:
    from sqlalchemy import text

    statement = text("""
        SELECT s.id, s.name, s.sms_from, s.timezone, s.currency, s.locale, s.deposit_cents,
               (SELECT count(*) FROM customers c WHERE c.shop_id = s.id) AS customers,
               (SELECT count(*) FROM slot_openings o WHERE o.shop_id = s.id AND o.status = 'open') AS open,
               (SELECT count(*) FROM slot_openings o WHERE o.shop_id = s.id AND o.status = 'filled') AS recovered
          FROM shops s ORDER BY s.name, s.id""")
    return [dict(row) for row in session.execute(statement).mappings()]
