"""Reads and writes dotenv files, one NAME=value a line; no value here needs quotes."""

from collections.abc import Mapping
from pathlib import Path

from cli.servers.keep import keep, kept


def read_dotenv(path: Path) -> dict[str, str]:
    """Empty when there is no such file."""
    lines = (kept(path) or "").splitlines()
    return {name: value for name, found, value in (line.partition("=") for line in lines) if found}


def write_dotenv(path: Path, values: Mapping[str, str]) -> None:
    """The file appears whole, with a rename, readable by its owner only."""
    keep(path, "".join(f"{name}={value}\n" for name, value in values.items()))
