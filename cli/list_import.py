"""The options and the report that all list imports share."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from cli.progress import say
from cli.target_system import CannotError

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
