"""docs/reference/commands.md: the help of every command."""

from collections.abc import Iterator

import click

from docs.generator.markdown import code, page

WIDTH = 100


def commands_page() -> str:
    """Returns the page, with the output of `--help` for each command."""
    from cli.main import main

    group = click.Context(main, info_name="slots", terminal_width=WIDTH, max_content_width=WIDTH)
    sections = [f"## {code(one.command_path)}\n\n```text\n{_help(one)}\n```" for one in _commands_of(group)]
    return page("Commands", f"```text\n{_help(group)}\n```", *sections)


def _commands_of(group: click.Context) -> Iterator[click.Context]:
    """Yields all commands of a group and of its nested groups."""
    commands = group.command
    if not isinstance(commands, click.Group):
        return
    for name in commands.list_commands(group):
        command = commands.get_command(group, name)
        if command is not None:
            inner = click.Context(
                command, info_name=name, parent=group, terminal_width=WIDTH, max_content_width=WIDTH
            )
            yield inner
            yield from _commands_of(inner)


def _help(context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in click.unstyle(context.get_help()).splitlines())
