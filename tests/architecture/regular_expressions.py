"""Finds every regular expression of the product, and generates long inputs that make a backtracking expression slow.

Run as a program, the module prints each expression that takes more than BOUND_SECONDS of processor time on 64 KiB of
input. Patterns passed to pydantic are excluded, because pydantic's engine takes linear time.
"""

import ast
import importlib
import itertools
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.architecture.sources import PACKAGES, ROOT, modules, nodes

LENGTH = 64 * 1024
BOUND_SECONDS = 1.0
"""A linear expression takes a few milliseconds."""

SCREENED, SCREEN_SECONDS = LENGTH // 8, BOUND_SECONDS / 80
"""On an eighth of the length, an expression of quadratic time takes a 64th of the time."""

UNITS = (
    *("a", "A", "1", "é", " ", "\t", "\n", ".", "-", "_", "/", '"', "(", "<", "\x00", "🙂", "\u200b"),
    *("a ", "1 ", "a.", "1.", "a@", "a@a.", "a/", "+1", '" ', '"a ', "a\n", "a, ", "aaa", "ab", "x=", "&a="),
    *("://", "www.", "http://", "pay/", "manage/", "SM0", "pi_", "\nDETAIL:", "reply cancel ", "YES no ", "STOP."),
)
ENDS = ("", "!", "\x00", '"', "\n", " a")


METHODS = {"fullmatch", "match", "search", "sub", "findall", "finditer"}
PRODUCT = [package for package in PACKAGES if package != "sandbox"]


def patterns() -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    """Yields each pattern with its file and line, and the `re` functions that the file uses."""
    for path in modules(*PRODUCT):
        used = METHODS & {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}
        for node in nodes(path):
            if (expression := _pattern_in(node)) is not None:
                place = path.relative_to(ROOT)
                for pattern in _compiled(place, node, expression):
                    yield f"{place}:{expression.lineno}", pattern, used or METHODS


def _pattern_in(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name), args=[first, *_]) if name != "escape":
            return first
        case ast.Assign(targets=[ast.Name(id="regex")], value=value):
            return value  # The regex of a werkzeug converter.
    return None


def _compiled(place: Path, node: ast.AST, expression: ast.expr) -> list[re.Pattern[str]]:
    """Returns the pattern. If the pattern is composed in a function, returns all patterns defined in the module."""
    names = vars(importlib.import_module(".".join(place.with_suffix("").parts)))
    try:
        return [_one(node, expression, names)]
    except NameError:
        return list(_kept(list(names.values())))


def _kept(values: Iterable[object]) -> Iterator[re.Pattern[str]]:
    for value in values:
        if isinstance(value, re.Pattern):
            yield value
        elif isinstance(value, tuple):
            yield from _kept(value)


def _one(node: ast.AST, expression: ast.expr, names: dict[str, object]) -> re.Pattern[str]:
    flags = 0
    if isinstance(node, ast.Call) and node.func.attr == "compile":  # type: ignore[attr-defined]
        given = [*node.args[1:], *(word.value for word in node.keywords if word.arg == "flags")]
        flags = sum(int(_value(one, names)) for one in given)
    return re.compile(_value(expression, names), flags)


def _value(expression: ast.expr, names: dict[str, object]) -> "str | int":
    value: str | int = eval(compile(ast.Expression(expression), "pattern", "eval"), dict(names))
    return value


def inputs(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Yields pairs of a string to repeat and the end of the input."""
    return itertools.product((*UNITS, str(pattern.pattern)), ENDS)


class TooLongError(Exception):
    pass


def _use(pattern: re.Pattern[Any], methods: set[str], text: str) -> None:
    text = text.encode() if isinstance(pattern.pattern, bytes) else text  # type: ignore[assignment]
    if "fullmatch" in methods:
        pattern.fullmatch(text)
    if "match" in methods:
        pattern.match(text)
    if methods & {"search", "sub", "findall", "finditer"}:
        pattern.sub("", text)


def slow() -> Iterator[str]:
    """Yields the slow expressions. Tries the full length only if an expression is slow on a part of the input."""

    def stop(*_: object) -> None:
        raise TooLongError

    signal.signal(signal.SIGVTALRM, stop)
    for place, pattern, methods in patterns():
        for unit, end in inputs(pattern):
            if all(
                _exceeds(seconds, pattern, methods, unit * (length // len(unit)) + end)
                for length, seconds in ((SCREENED, SCREEN_SECONDS), (LENGTH, BOUND_SECONDS))
            ):
                yield f"{place} {pattern.pattern[:60]!r} on {unit[:20]!r}... {end!r}"
                break


def _exceeds(seconds: float, pattern: re.Pattern[Any], methods: set[str], text: str) -> bool:
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        _use(pattern, methods, text)
    except TooLongError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return False


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in slow())
