"""Help texts begin with examples, document every exit code, and appear quickly."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from cli.main import main
from tests.cli.commands import ROOT, slots

LARGE = {"alembic", "celery", "flask", "jinja2", "psycopg", "pydantic", "redis", "stripe", "twilio"}
"""Packages whose import takes a noticeable time."""
LIST_IMPORTED = """
import sys
from cli.main import main
try:
    main(["--help"])
except SystemExit:
    print(*sys.modules)
"""


def commands(group: click.Group = main, *path: str) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += commands(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_begins_its_help_with_examples_and_says_its_exit_codes(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])

    assert result.exit_code == 0
    assert result.output.startswith("Examples:\n")
    assert "Exit codes: 0" in result.output


def test_help_imports_no_large_package() -> None:
    command = [sys.executable, "-c", LIST_IMPORTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    imported = set(done.stdout.splitlines()[-1].split())
    assert "click" in imported
    assert not LARGE & imported


def test_an_unknown_command_ends_with_two() -> None:
    assert slots("no-such-thing").code == 2


@pytest.mark.parametrize(("typed", "meant"), [(["doctr"], "doctor"), (["keys", "creat"], "create")])
def test_a_mistyped_command_is_answered_with_a_similar_one(typed: list[str], meant: str) -> None:
    result = CliRunner().invoke(main, typed)

    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.output
