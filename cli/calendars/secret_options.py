"""Options for secrets. Their values can come from the environment or, with `-`, from standard input."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])

FROM_INPUT = "-"


def secret_option(name: str, help: str) -> Callable[[Wrapped], Wrapped]:
    """Defines an option for a secret. `--api-key`, for example, may also be set as CALENDAR_API_KEY."""
    variable = f"CALENDAR_{name[2:].upper().replace('-', '_')}"
    return click.option(name, envvar=variable, help=f"{help} Use `-` to read it from standard input.")


def from_input(given: Mapping[str, str | None]) -> dict[str, str | None]:
    """Returns the values, with each `-` replaced by the next line of standard input."""
    return {name: sys.stdin.readline().strip() if value == FROM_INPUT else value for name, value in given.items()}
