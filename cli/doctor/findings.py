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
    """The checked item works, but should be changed."""
    FAILURE = "failure"
    SKIPPED = "skipped"
    """The check could not run; `message` gives the reason."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is a stable identifier for programs; `message` and `fix` are text for people."""

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
    """Related checks. `needs` names the checks that must pass first."""

    title: str
    checks: tuple[Check, ...]
    needs: tuple[str, ...] = ()
