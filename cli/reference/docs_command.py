"""`slots docs`: writes the pages of the documentation that can be computed, or says which are stale."""

import importlib
import sys
from pathlib import Path

import click

from cli.help import Command
from cli.progress import say

ROOT = Path(__file__).parents[2]

# To add a page: a function in cli.reference that answers its whole text, and a line here. By name, since what they
# read is most of the program, and `slots --help` need not load it.
PAGES: dict[str, str] = {
    "docs/states.md": "states_page:states_page",
    "docs/reference/api.md": "api_page:api_page",
    "docs/reference/commands.md": "commands_page:commands_page",
    "docs/reference/events-and-effects.md": "events_page:happenings_page",
    "docs/reference/invariants.md": "invariants_page:invariants_page",
    "docs/reference/jobs.md": "jobs_reference:jobs_page",
    "docs/reference/metrics.md": "metrics_page:metrics_page",
    "docs/reference/routes.md": "routes_page:routes_page",
    "docs/reference/settings.md": "settings_reference:settings_page",
    "docs/reference/tasks.md": "tasks_page:tasks_page",
    "docs/reference/texts.md": "texts_page:texts_page",
    ".env.example": "settings_reference:env_example",
}
EXAMPLES = """\
slots docs           rewrites the computed pages
slots docs --check   says which of them are stale, and changes nothing
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Compute the reference pages.")
@click.option("--check", is_flag=True, help="Write nothing; fail when a page is stale.")
def docs(check: bool) -> None:
    """Compute the reference pages from the tables the program runs by.

    Works in a checkout of the sources.

    Exit codes: 0 done, 1 a page is stale (with --check) or this isn't a checkout.
    """
    if not (ROOT / "docs").is_dir():
        say(f"There is no docs folder in {ROOT}: run this in a checkout of the sources.")
        sys.exit(1)
    stale = stale_pages(ROOT)
    if check and stale:
        say(f"Stale: {', '.join(stale)}. Run `slots docs` and commit what it writes.")
        sys.exit(1)
    for name, text in {} if check else stale.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8")
        click.echo(name)


def stale_pages(root: Path) -> dict[str, str]:
    """The computed pages that differ from what is on disk, with the text they should have."""
    computed = {name: _computed(by) for name, by in PAGES.items()}
    return {name: text for name, text in computed.items() if _on_disk(root / name) != text}


def _computed(by: str) -> str:
    module, _, function = by.partition(":")
    text: str = getattr(importlib.import_module(f"cli.reference.{module}"), function)()
    return text


def _on_disk(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
