"""Prints progress messages to stderr, because stdout is for data."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


def say(text: str) -> None:
    click.echo(text, err=True)


def quietly(text: str) -> str:
    """Prints the text, dimmed if the terminal shows colours and NO_COLOR is not set."""
    coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    return click.style(text, dim=True) if coloured else text


@contextmanager
def step(text: str) -> Iterator[None]:
    """Prints the step and, when it is done, its duration."""
    began = time.monotonic()
    click.echo(f"{text} ... ", err=True, nl=False)
    try:
        yield
    except BaseException:
        say("failed")
        raise
    say(quietly(f"{time.monotonic() - began:.1f} s"))


def version_of(program: Path) -> str:
    """Returns the version that `program --version` prints, or an empty string."""
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(?<!\d)\d+(\.\d+)+", output)
    return found.group() if found else ""
