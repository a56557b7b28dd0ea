"""Reads and writes dotenv files, one NAME=value a line, which a shell can read as well."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from cli.local.servers.private_files import keep, kept


def read_dotenv(path: Path) -> dict[str, str]:
    """Empty when there is no such file."""
    lines = (kept(path) or "").splitlines()
    return {name: _unquoted(value) for name, found, value in (line.partition("=") for line in lines) if found}


def write_dotenv(path: Path, values: Mapping[str, str]) -> None:
    """The file appears whole, with a rename, readable by its owner only."""
    keep(path, "".join(f"{name}={_quoted(value)}\n" for name, value in values.items()))


# What means nothing to a shell in an assignment: most values stand as they are, for whoever reads line by line.
PLAIN = re.compile(r"[\w@%+=:,./?-]*", re.ASCII)


def _quoted(value: str) -> str:
    return value if PLAIN.fullmatch(value) else shlex.quote(value)


def _unquoted(value: str) -> str:
    if value[:1] not in ("'", '"'):
        return value
    try:
        return "".join(shlex.split(value))
    except ValueError:  # it only begins like one
        return value
