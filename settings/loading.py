"""Loads settings at start-up. Reports each problem on a separate line, with the name of the setting and the fix."""

from collections.abc import Iterator
from typing import TypeVar

from pydantic import ValidationError

from settings.environment import FromEnvironment

Kind = TypeVar("Kind", bound=FromEnvironment)


class SettingsError(Exception):
    """The environment is invalid. `problems` maps the name of each invalid setting to its problem."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{name} {problem}" for name, problem in problems.items()))


def load(kind: type[Kind]) -> Kind:
    """Reads a settings class from the environment. Raises SettingsError."""
    try:
        return kind.model_validate({})
    except ValidationError as error:
        raise SettingsError(dict(_problems(error))) from None


def problems_of(*kinds: type[FromEnvironment]) -> dict[str, str]:
    """Returns all problems of several settings classes, or an empty mapping if all classes load."""
    found: dict[str, str] = {}
    for kind in kinds:
        try:
            load(kind)
        except SettingsError as error:
            found |= error.problems
    return found


def _problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    for detail in error.errors(include_input=False, include_url=False):
        name = str(detail["loc"][0]).upper() if detail["loc"] else "SETTINGS"
        yield name, detail["msg"].removeprefix("Value error, ")
