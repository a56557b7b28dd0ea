"""The options, steps and report that all list imports share."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import click

from cli.printing import print_json
from cli.progress import say
from cli.target_system import CannotError, database
from db.audit import OPERATOR

if TYPE_CHECKING:
    from domain.customer_list.read_list import ListFile, RejectedRow

Row = TypeVar("Row")
SOME_REJECTED = 3
STDOUT = "-"
OPTIONS = (
    click.argument("file", type=click.File("rb")),
    click.option("--shop", required=True, metavar="ID|NAME|NUMBER", help="The shop."),
    click.option(
        "--country",
        metavar="CODE",
        help="Country (such as GB) for phone numbers without an international prefix. Default: the shop's country.",
    ),
    click.option(
        "--consent-source",
        default="",
        metavar="TEXT",
        help="Where customers agreed to texts, for rows without a consent_source.",
    ),
    click.option(
        "--rejected",
        "rejected_file",
        metavar="FILE",
        type=click.File("w", encoding="utf-8-sig", lazy=True),
        help="Write the rejected rows, with the reasons, to this CSV file.",
    ),
    click.option("--dry-run", is_flag=True, help="Report the result without changing anything."),
    click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
)


def import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the file, the shop and the other options of an import to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


class Report(Protocol):
    @property
    def rejected(self) -> "list[RejectedRow]": ...


Reported = TypeVar("Reported", bound=Report)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListImport(Generic[Row, Reported]):
    """One kind of import. `read` is as in `read_file`, and `write(session, shop_id, rows, by=)` imports the rows.

    `summary(report, would)` returns a sentence, in which `would` is "would be " if nothing was imported. `as_json`
    and `as_lines` return what is printed besides the rejected rows.
    """

    read: "Callable[..., ListFile[Row]]"
    write: Callable[..., Reported]
    summary: Callable[[Reported, str], str]
    as_json: "Callable[[ListFile[Row], Reported], dict[str, Any]]"
    as_lines: Callable[[Reported], Iterable[str]] = lambda report: ()


def run(
    kind: ListImport[Row, Reported],
    *,
    file: IO[bytes],
    shop: str,
    country: str | None,
    consent_source: str,
    rejected_file: IO[str] | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Imports the file, prints the report, and exits with 3 if a row was rejected."""
    from cli.find_shop import shop_named
    from domain.phones.parsing import country_of

    with database() as session:
        named = shop_named(session, shop)
        country = country or country_of(named.country, named.sms_from)
        read = read_file(file, kind.read, zone=named.timezone, country=country, consent_source=consent_source)
        report = kind.write(session, named.id, read.lines, by=OPERATOR)
        if dry_run:
            session.rollback()
    if as_json:
        print_json(kind.as_json(read, report) | {"rejected": rejected_as_json(report.rejected)})
    else:
        for line in (*rejected_as_lines(report.rejected), *kind.as_lines(report)):
            click.echo(line)
    notes = (*read.notes, kind.summary(report, "would be " if dry_run else ""))
    finish(rejected_file, read.heading, report.rejected, notes)


def read_file(
    file: IO[bytes], read: "Callable[..., ListFile[Row]]", *, zone: str, country: str | None, consent_source: str
) -> "ListFile[Row]":
    """Calls `read(data, now, country, consent_source)`, where `now` is in the shop's time zone `zone`.

    Raises CannotError if the file is unreadable.
    """
    from domain.customer_list.read_list import LARGEST_FILE
    from domain.time_zones import zone_named

    data, now = file.read(LARGEST_FILE + 1), datetime.now(zone_named(zone))
    found = read(data, now=now, country=country, consent_source=consent_source.strip())
    if found.problem:
        raise CannotError(f"{found.problem} Nothing was imported.")
    return found


def rejected_as_json(rejected: "Iterable[RejectedRow]") -> list[dict[str, Any]]:
    """Returns a JSON value for each rejected row."""
    return [
        {"line": row.line, "name": row.name, "column": row.column, "cell": row.found, "reason": row.reason}
        for row in rejected
    ]


def rejected_as_lines(rejected: "Iterable[RejectedRow]") -> Iterator[str]:
    """Returns a sentence for each rejected row."""
    for row in rejected:
        cell = " ".join(filter(None, (row.column, f"“{row.found}”" if row.found else "")))
        yield f"{', '.join(filter(None, (f'line {row.line}', row.name, cell)))}: {row.reason}"


def finish(file: IO[str] | None, heading: Iterable[str], rejected: "list[RejectedRow]", notes: Iterable[str]) -> None:
    """Prints the notes, writes the rejected rows to `file`, and exits with 3 if a row was rejected.

    Raises CannotError if the file can't be written.
    """
    from domain.customer_list.read_list import with_reasons

    for note in notes:
        say(note)
    if file and rejected:
        _write(file, with_reasons(tuple(heading), rejected))
    sys.exit(SOME_REJECTED if rejected else 0)


def _write(file: IO[str], rows: Iterable[Iterable[object]]) -> None:
    """Writes all rows or none."""
    from domain.csv_cells import write_rows

    try:
        write_rows(file, rows)
        file.flush()
    except OSError as error:
        if file.name != STDOUT:
            with suppress(OSError):
                file.close()
        if Path(file.name).is_file():
            Path(file.name).unlink()
        raise CannotError(
            f"The rejected rows could not be written to {file.name}: {error.strerror}. Everything else is done. "
            "To get these rows, repeat the command."
        ) from None
