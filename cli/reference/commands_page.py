"""docs/reference/commands.md: the help of every command."""

from collections.abc import Iterator

import click

from cli.reference.markdown import code, page

WIDTH = 100


def commands_page() -> str:
    """Each command's own help, so that the page and `--help` never disagree."""
    from cli.main import main

    group = click.Context(main, info_name="slots", terminal_width=WIDTH, max_content_width=WIDTH)
    sections = [f"## {code(one.command_path)}\n\n```text\n{_help(one)}\n```" for one in _below(group)]
    return page("Commands", f"```text\n{_help(group)}\n```", *sections)


def _below(group: click.Context) -> Iterator[click.Context]:
    """Every command of a group, and of the groups in it."""
    commands = group.command
    if not isinstance(commands, click.Group):
        return
    for name in commands.list_commands(group):
        command = commands.get_command(group, name)
        if command is not None:
            told = click.Context(command, info_name=name, parent=group, terminal_width=WIDTH, max_content_width=WIDTH)
            yield told
            yield from _below(told)


def _help(context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in click.unstyle(context.get_help()).splitlines())
