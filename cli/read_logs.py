"""`slots logs`: what web, workers and beat logged about one recovery."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from cli.help import Command
from cli.log_lines import Line, about, read_lines
from cli.target_system import CannotError

EXAMPLES = """\
slots logs 7b65b5ef-4e1b-4d95-a16c-3aef5f828167 --data .data        of a running `slots up`
docker compose logs --no-log-prefix | slots logs SM0123456789abcdef -  of containers
slots logs pi_7Xsm1FiyXx5f7I2nogDE9g6c web.log worker.log --json    as JSON, a line each
"""
TOLD = ("route", "method", "status", "task", "happened", "stage", "outcome", "error", "reason")


@click.command(cls=Command, examples=EXAMPLES, short_help="Follow one recovery through the logs.")
@click.argument("id")
@click.argument("files", nargs=-1, type=click.File(encoding="utf-8", errors="replace"))
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of `slots up`, whose logs are read.",
)
@click.option("--json", "as_json", is_flag=True, help="The lines as they were written.")
def logs(id: str, files: tuple[TextIO, ...], data: Path | None, as_json: bool) -> None:
    """Follow one recovery through the logs of all processes, from the id of its slot, a task, a text, a payment ...

    FILES are logs, - is standard input.

    Exit codes: 0 found, 1 no line knows this id, or there are no logs.
    """
    found = about(list(_lines(files, data)), id)
    if not found:
        raise CannotError(f"No line tells of {id}. What the database knows of it: slots show {id}")
    for line in found:
        click.echo(_as_written(line) if as_json else _in_words(line))


def _lines(files: tuple[TextIO, ...], data: Path | None) -> Iterator[Line]:
    if not files and data is None:
        raise CannotError("Say which logs: --data .data, or files, or - for standard input.")
    for file in files:
        yield from read_lines(file)
    for path in sorted((data / "logs").glob("*.log")) if data else ():
        with path.open(encoding="utf-8", errors="replace") as log:
            yield from read_lines(log)


def _in_words(line: Line) -> str:
    told = ", ".join(f"{name} {line.said[name]}" for name in TOLD if line.said.get(name) is not None)
    return f"{line.at[11:23]}  {line.said.get('process', ''):<16}  {line.said.get('event', '')}: {told}".rstrip(": ")


def _as_written(line: Line) -> str:
    import json

    return json.dumps(line.said, ensure_ascii=False)
