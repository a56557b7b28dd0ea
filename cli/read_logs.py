"""`slots logs`: prints the log lines of all processes about one recovery."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from cli.help import Command
from cli.log_lines import LogLine, about, read_lines
from cli.target_system import CannotError

EXAMPLES = """\
slots logs 7b65b5ef-4e1b-4d95-a16c-3aef5f828167 --data .data            logs of a running `slots up`
docker compose logs --no-log-prefix | slots logs SM0123456789abcdef -   logs of containers
slots logs pi_7Xsm1FiyXx5f7I2nogDE9g6c web.log worker.log --json        as JSON lines
"""
SHOWN_FIELDS = ("route", "method", "status", "task", "happened", "stage", "outcome", "error", "reason")


@click.command(cls=Command, examples=EXAMPLES, short_help="Print the log lines of one recovery.")
@click.argument("id")
@click.argument("files", nargs=-1, type=click.File(encoding="utf-8", errors="replace"))
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the `slots up` whose logs are read.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the original JSON lines.")
def logs(id: str, files: tuple[TextIO, ...], data: Path | None, as_json: bool) -> None:
    """Print the log lines of one recovery.

    ID is the id of a slot, task, text or payment. FILES are log files; - is standard input.

    Exit codes: 0 found, 1 no line contains this id, or there are no logs.
    """
    found = about(list(_lines(files, data)), id)
    if not found:
        raise CannotError(f"No log line contains {id}. To search the database: slots show {id}")
    for line in found:
        click.echo(_as_written(line) if as_json else _in_words(line))


def _lines(files: tuple[TextIO, ...], data: Path | None) -> Iterator[LogLine]:
    if not files and data is None:
        raise CannotError("Specify the logs: --data .data, files, or - for standard input.")
    for file in files:
        yield from read_lines(file)
    for path in sorted((data / "logs").glob("*.log")) if data else ():
        with path.open(encoding="utf-8", errors="replace") as log:
            yield from read_lines(log)


def _in_words(line: LogLine) -> str:
    fields = ", ".join(f"{name} {line.fields[name]}" for name in SHOWN_FIELDS if line.fields.get(name) is not None)
    return f"{line.at[11:23]}  {line.fields.get('process', ''):<16}  {line.fields.get('event', '')}: {fields}".rstrip(
        ": "
    )


def _as_written(line: LogLine) -> str:
    import json

    return json.dumps(line.fields, ensure_ascii=False)
