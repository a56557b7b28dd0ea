"""The result of a check: its state, a message and a fix."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.doctor.target import CheckTarget


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, but should be changed."""
    FAILURE = "failure"
    SKIPPED = "skipped"
    """It could not be checked; `message` gives the reason."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is stable, for programs; `message` and `fix` are for people."""

    name: str
    state: State
    message: str
    fix: str = ""


def ok(name: str, message: str) -> Finding:
    return Finding(name, State.OK, message)


def warning(name: str, message: str, fix: str) -> Finding:
    return Finding(name, State.WARNING, message, fix)


def failure(name: str, message: str, fix: str) -> Finding:
    return Finding(name, State.FAILURE, message, fix)


def skipped(name: str, message: str) -> Finding:
    return Finding(name, State.SKIPPED, message)


Check = Callable[["CheckTarget"], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Checks that belong together. `needs` names the checks that must have passed before."""

    title: str
    checks: tuple[Check, ...]
    needs: tuple[str, ...] = ()
