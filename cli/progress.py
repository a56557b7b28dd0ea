"""What a command says while it works: on stderr, so that stdout holds data only."""

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
    """Dimmed on a terminal that shows colours; NO_COLOR is respected."""
    coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    return click.style(text, dim=True) if coloured else text


@contextmanager
def step(text: str) -> Iterator[None]:
    """Says what begins, and how long it took once it is done."""
    began = time.monotonic()
    click.echo(f"{text} ... ", err=True, nl=False)
    try:
        yield
    except BaseException:
        say("no")
        raise
    say(quietly(f"{time.monotonic() - began:.1f} s"))


def version_of(program: Path) -> str:
    """What `program --version` calls its version; empty when it says none."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(?<!\d)\d+(\.\d+)+", said)
    return found.group() if found else ""
