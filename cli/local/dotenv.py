"""Reads and writes dotenv files (NAME=value lines), which shells can also read."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from cli.local.servers.private_files import keep, kept


def read_dotenv(path: Path) -> dict[str, str]:
    """Reads the file. Returns an empty dict if it does not exist."""
    lines = (kept(path) or "").splitlines()
    return {name: _unquoted(value) for name, found, value in (line.partition("=") for line in lines) if found}


def write_dotenv(path: Path, values: Mapping[str, str]) -> None:
    """Writes the file atomically. Only its owner can read the file."""
    keep(path, "".join(f"{name}={_quoted(value)}\n" for name, value in values.items()))


# This matches values that need no quotes in a shell.
PLAIN = re.compile(r"[\w@%+=:,./?-]*", re.ASCII)


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else shlex.quote(value)


def _unquoted(value: str) -> str:
    if value[:1] not in ("'", '"'):
        return value
    try:
        return "".join(shlex.split(value))
    except ValueError:  # An unbalanced quote is part of the value.
        return value
