"""`slots customers import`: takes a shop's list of customers, and says of each line that is rejected why."""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import click

from cli.help import Command, LazyGroup
from cli.surroundings import CannotError, database, with_data

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from cli.reading_customers import Line

COMMANDS = {"import": "cli.customers:import_customers", "forget": "cli.forgetting:forget_customer"}
EXAMPLES = """\
slots customers import customers.csv --shop "Salon Lou" --dry-run   what would happen, line by line
slots customers import customers.csv --shop "Salon Lou"             imports it
slots customers import - --shop +447700900100 --country GB < customers.csv
"""
PAGE = 1000
SOME_REJECTED = 3


@click.group(cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES)
def customers() -> None:
    """Import a shop's customers, forget one."""


@click.command("import", cls=Command, examples=EXAMPLES)
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@click.option("--shop", required=True, metavar="ID|NAME|NUMBER", help="The shop they belong to.")
@click.option("--country", metavar="CODE", help="Country of numbers without a country code: GB, DE, ...")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@with_data
def import_customers(file: IO[str], shop: str, country: str | None, dry_run: bool, as_json: bool) -> None:
    """Add the customers of a CSV file to a shop.

    The first line names the columns: name, phone, email, sms_opt_in, consent_source, consent_wording, consent_at,
    timezone, locale; they are separated by commas, semicolons or tabs. A customer who is opted in needs a
    consent_source: where they agreed. Customers whose phone number is known already are left alone, so that a list
    can be imported again. An opt-out stands, whatever a list says.

    Exit codes: 0 every line was taken, 1 nothing was (the message says why), 3 some lines were rejected (they are
    listed, the others are taken).
    """
    from cli.printing import print_json
    from cli.talk import say
    from cli.which_shop import shop_named

    report: dict[str, Any] = {"new": 0, "known": 0, "without_texts": [], "rejected": []}
    with database() as session:
        shop_id = shop_named(session, shop).id
        for lines in _pages(file, country):
            _take(session, shop_id, lines, report)
        if dry_run:
            session.rollback()
    if as_json:
        print_json(report)
    for line in () if as_json else _told(report):
        click.echo(line)
    would = "would be " if dry_run else ""
    say(f"{report['new']} {would}added, {report['known']} known already, {len(report['rejected'])} rejected")
    sys.exit(SOME_REJECTED if report["rejected"] else 0)


def _pages(file: IO[str], country: str | None) -> "Iterator[list[Line]]":
    import csv

    from cli.reading_customers import read_lines

    lines = read_lines(file, country=country)
    try:
        while page := list(islice(lines, PAGE)):
            yield page
    except UnicodeDecodeError:
        raise CannotError("The file is not UTF-8. Save it as “CSV UTF-8”; nothing was taken.") from None
    except csv.Error as why:
        raise CannotError(f"The file can't be read as CSV: {why}; nothing was taken.") from None


def _take(session: "Session", shop_id: "UUID", lines: "list[Line]", report: dict[str, Any]) -> None:
    from db import customer_lists

    report["rejected"] += [{"line": line.number, "reason": line.reason} for line in lines if line.customer is None]
    good = {line.number: line.customer for line in lines if line.customer is not None}
    added = customer_lists.add(session, shop_id, list(good.values()))
    report["new"] += added.new
    report["known"] += added.known
    report["without_texts"] += [number for number, one in good.items() if one["phone"] in added.kept_out]


def _told(report: dict[str, Any]) -> Iterator[str]:
    for rejected in report["rejected"]:
        yield f"line {rejected['line']}: {rejected['reason']}"
    for number in report["without_texts"]:
        yield f"line {number}: added without texts: this number has opted out, and only its own START lifts that"
