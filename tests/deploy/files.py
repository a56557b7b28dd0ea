"""Reads the deployment files for the tests."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:[-?])?")


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def services() -> dict[str, dict[str, Any]]:
    return compose()["services"]


def words(service: dict[str, Any]) -> list[str]:
    """Returns the words of the service's command."""
    command = service.get("command", [])
    return command.split() if isinstance(command, str) else command


def workers() -> dict[str, dict[str, Any]]:
    return {name: service for name, service in services().items() if "-Q" in words(service)}


def variables(thing: Any) -> set[tuple[str, str]]:
    """Returns each `${NAME}` with its operator: `:-` precedes a default, and `:?` makes the variable required."""
    return set(VARIABLE.findall(yaml.safe_dump(thing, width=10_000)))
