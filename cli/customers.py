"""`slots customers import`: takes a shop's list of customers, and says of each line that is rejected why."""

import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from cli.help import Command, LazyGroup
from cli.surroundings import CannotError, database, with_data

if TYPE_CHECKING:
    from domain.customer_list import Brought, Rejected

COMMANDS = {"import": "cli.customers:import_customers", "forget": "cli.forgetting:forget_customer"}
EXAMPLES = """\
slots customers import customers.csv --shop "Salon Lou" --dry-run   what would happen, line by line
slots customers import customers.csv --shop "Salon Lou"             imports it
slots customers import - --shop +447700900100 --country GB < customers.csv
"""
SOME_REJECTED = 3


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def customers() -> None:
    """Import a shop's customers, forget one."""


@click.command("import", cls=Command, examples=EXAMPLES)
@click.argument("file", type=click.File("rb"))
@click.option("--shop", required=True, metavar="ID|NAME|NUMBER", help="The shop they belong to.")
@click.option("--country", metavar="CODE", help="Country of numbers without a country code (GB); else the shop's.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@with_data
def import_customers(file: IO[bytes], shop: str, country: str | None, dry_run: bool, as_json: bool) -> None:
    """Add the customers of a CSV file to a shop.

    The first line names the columns: name, phone, email, sms_opt_in, consent_source, consent_wording, consent_at,
    timezone, locale; they are separated by commas, semicolons or tabs. A customer who is opted in needs a
    consent_source: where they agreed. Customers whose phone number is known already get what was missing of them and
    lose nothing, so that a list can be imported again. An opt-out stands, whatever a list says.

    Exit codes: 0 every line was taken, 1 nothing was (the message says why), 3 some lines were rejected (they are
    listed, the others are taken).
    """
    from cli.printing import print_json
    from cli.talk import say
    from cli.which_shop import shop_named
    from db.customer_import import bring
    from domain.phone_parsing import country_of

    with database() as session:
        named = shop_named(session, shop)
        taken, rejected = _read(file, country or country_of(named.country, named.sms_from))
        brought = bring(session, named.id, taken)
        if dry_run:
            session.rollback()
    report = {
        "new": brought.made,
        "known": brought.known,
        "without_texts": list(brought.opted_out),
        "rejected": [{"line": line.line, "reason": line.reason} for line in rejected],
    }
    if as_json:
        print_json(report)
    for told in () if as_json else _told(report):
        click.echo(told)
    would = "would be " if dry_run else ""
    say(f"{brought.made} {would}added, {brought.known} known already, {len(rejected)} rejected")
    sys.exit(SOME_REJECTED if rejected else 0)


def _read(file: IO[bytes], country: str | None) -> "tuple[list[Brought], list[Rejected]]":
    from domain.customer_list import WHOLE_LIST, Rejected, read_list

    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CannotError("The file is not UTF-8. Save it as “CSV UTF-8”; nothing was taken.") from None
    lines = read_list(text, country=country)
    rejected = [line for line in lines if isinstance(line, Rejected)]
    for line in rejected:
        if line.line == WHOLE_LIST:
            raise CannotError(f"{line.reason} Nothing was taken.")
    return [line for line in lines if not isinstance(line, Rejected)], rejected


def _told(report: dict[str, Any]) -> Iterator[str]:
    for rejected in report["rejected"]:
        yield f"line {rejected['line']}: {rejected['reason']}"
    for number in report["without_texts"]:
        yield f"line {number}: taken without texts: this number has opted out, and only its own START lifts that"
