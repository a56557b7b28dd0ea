"""docs/reference/commands.md: the help of every command."""

import click

from cli.reference.markdown import code, page

WIDTH = 100


def commands_page() -> str:
    """Each command's own help, so that the page and `--help` never disagree."""
    from cli.main import main

    group = click.Context(main, info_name="slots", terminal_width=WIDTH, max_content_width=WIDTH)
    sections = [f"```text\n{_help(group)}\n```"]
    for name in main.list_commands(group):
        command = main.get_command(group, name)
        if command is not None:
            told = click.Context(command, info_name=name, parent=group, terminal_width=WIDTH, max_content_width=WIDTH)
            sections.append(f"## {code(f'slots {name}')}\n\n```text\n{_help(told)}\n```")
    return page("Commands", *sections)


def _help(context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in click.unstyle(context.get_help()).splitlines())
