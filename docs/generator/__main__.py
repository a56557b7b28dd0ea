"""`python -m docs.generator`: writes the generated pages, or lists the stale pages. `make docs` runs this module."""

import importlib
import sys
from pathlib import Path

import click

ROOT = Path(__file__).parents[2]

# To add a page, add a function to docs.generator that returns the text of the page, and a line to this table.
PAGES: dict[str, str] = {
    "docs/states.md": "states_page:states_page",
    "docs/reference/api.md": "api_page:api_page",
    "docs/reference/commands.md": "commands_page:commands_page",
    "docs/reference/events-and-effects.md": "events_page:events_page",
    "docs/reference/invariants.md": "invariants_page:invariants_page",
    "docs/reference/jobs.md": "periodic_jobs_page:periodic_jobs_page",
    "docs/reference/metrics.md": "metrics_page:metrics_page",
    "docs/reference/routes.md": "routes_page:routes_page",
    "docs/reference/settings.md": "settings_reference:settings_page",
    "docs/reference/tasks.md": "tasks_page:tasks_page",
    "docs/reference/texts.md": "texts_page:texts_page",
    "docker-compose.yml": "compose_settings:compose_file",
    ".env.example": "settings_reference:env_example",
}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a page is stale.")
def docs(check: bool) -> None:
    """Write the reference pages that are generated from the code."""
    stale = stale_pages(ROOT)
    if check and stale:
        click.echo(f"Stale: {', '.join(stale)}. Run `make docs` and commit the result.", err=True)
        sys.exit(1)
    for name, text in stale.items():
        (ROOT / name).write_text(text, encoding="utf-8")
        click.echo(name)


def stale_pages(root: Path) -> dict[str, str]:
    """Returns the new text of each generated page that differs from the file on disk, by file name."""
    computed = {name: _computed(function) for name, function in PAGES.items()}
    return {name: text for name, text in computed.items() if _on_disk(root / name) != text}


def _computed(name: str) -> str:
    module, _, function = name.partition(":")
    text: str = getattr(importlib.import_module(f"docs.generator.{module}"), function)()
    return text


def _on_disk(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    docs()
