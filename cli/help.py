"""Shows help with the examples first, and imports commands only when they are used."""

import errno
import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from cli.target_system import explanation
from cli.whole_output import discard_the_rest

DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


class Command(click.Command):
    """A command with examples, each on a separate line."""

    def __init__(self, *arguments: Any, examples: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples = examples

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.examples, formatter)
        super().format_help(ctx, formatter)


class LazyGroup(click.Group):
    """Maps each command's name to "module:function", and imports a module when its command is used.

    Every command reports a full disk, invalid settings and an unavailable database without a traceback.
    """

    def __init__(self, *arguments: Any, commands_at: Mapping[str, str], examples: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.commands_at = commands_at
        self.examples = examples

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands_at:
            return None
        module, _, function = self.commands_at[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggests similar names for a mistyped command. Click would suggest only commands already imported."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=self.commands_at, ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _flushed_output():
                return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except OSError as error:
            if error.errno not in DISK_ERRORS:
                raise
            discard_the_rest()
            where = f" to {error.filename}" if error.filename else ""
            raise click.ClickException(f"The data could not be written{where}: {error.strerror}.") from None
        except Exception as error:
            if explained := explanation(error):
                raise explained from None
            raise

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(self.examples, formatter)
        super().format_help(ctx, formatter)


@contextmanager
def _flushed_output() -> Iterator[None]:
    """Flushes stdout at the end, because a failure would no longer be reported when the process exits."""
    try:
        yield
    finally:
        sys.stdout.flush()


def write_examples(examples: str, formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for line in examples.splitlines():
                formatter.write(f"  {line}\n")
        formatter.write_paragraph()
