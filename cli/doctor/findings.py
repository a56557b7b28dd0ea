"""What an examination finds: each thing looked at, whether it is well, and if not, what to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.doctor.target import Patient


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, but somebody will be sorry."""
    FAILURE = "failure"
    SKIPPED = "skipped"
    """It could not be looked at; `said` says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` never changes, for programs; `said` and `fix` are for people: what is, and what to do."""

    name: str
    state: State
    said: str
    fix: str = ""


def ok(name: str, said: str) -> Finding:
    return Finding(name, State.OK, said)


def warning(name: str, said: str, fix: str) -> Finding:
    return Finding(name, State.WARNING, said, fix)


def failure(name: str, said: str, fix: str) -> Finding:
    return Finding(name, State.FAILURE, said, fix)


def skipped(name: str, said: str) -> Finding:
    return Finding(name, State.SKIPPED, said)


Check = Callable[["Patient"], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that belong together. `needs` names what must be well before they make sense."""

    title: str
    checks: tuple[Check, ...]
    needs: tuple[str, ...] = ()
