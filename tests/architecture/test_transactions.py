"""No database transaction is open during a call to a provider."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from tests.architecture.sources import modules, name_of, nodes, tree

FAR_AWAY = {"twilio", "stripe", "email", "calendars"}
"""Attributes of the worker's dependencies that call a remote system."""

Function = tuple[str, str]
"""A module and the name of a function."""


def test_the_known_calls_of_providers_are_found(talkers: set[Function]) -> None:
    assert {
        ("worker.messages.sending", "send"),
        ("worker.payments.create_intent", "create"),
        ("worker.payments.cancel_then_release", "cancel"),
    } <= talkers


def test_nobody_talks_to_a_provider_inside_a_transaction(talkers: set[Function]) -> None:
    wrong = [
        f"{module}.{name}, line {block.lineno}"
        for (module, name), node in functions()
        for block in transactions(node)
        if any(is_far_away(call) for call in calls(block)) or talkers & set(targets(module, block))
    ]
    assert wrong == []


def test_nobody_who_is_handed_a_session_talks_to_a_provider(talkers: set[Function]) -> None:
    """A session is an open transaction, so a function that receives one must not call a provider."""
    handed = {f for f, node in functions() if any(arg.arg == "session" for arg in node.args.args)}
    assert handed & talkers == set()


def functions() -> Iterator[tuple[Function, ast.FunctionDef]]:
    return (((module, name), node) for (module, name), node in named() if isinstance(node, ast.FunctionDef))


def named() -> Iterator[tuple[Function, ast.AST]]:
    """Yields functions and module-level tables. A function in a table may be called through the table."""
    for path in modules("worker"):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef):
                yield (name_of(path), node.name), node
        for top in tree(path).body:
            if isinstance(top, ast.Assign | ast.AnnAssign):
                target = top.targets[0] if isinstance(top, ast.Assign) else top.target
                if isinstance(target, ast.Name) and top.value is not None:
                    yield (name_of(path), target.id), top.value


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def is_far_away(call: ast.Call) -> bool:
    """Returns whether the call goes to a provider, such as `run.dependencies.stripe.cancel(...)`."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(receiver, ast.Attribute) and receiver.attr in FAR_AWAY


def transactions(node: ast.AST) -> Iterator[ast.With]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.With) and any("transaction" in ast.unparse(i.context_expr) for i in inner.items):
            yield inner


def targets(module: str, node: ast.AST) -> Iterator[Function]:
    """Yields the worker functions that the code refers to, by name or as `other_module.name`."""
    here = imported(module)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield here.get(inner.id, (module, inner.id))
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            yield f"worker.{inner.value.id}", inner.attr


@cache
def imported(module: str) -> dict[str, Function]:
    """Maps each imported name to its module and to its name in that module."""
    path = next(p for p in modules("worker") if name_of(p) == module)
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.fixture(scope="module")
def talkers() -> set[Function]:
    """Returns the worker functions that call a provider, directly or through other functions."""
    everything = [(f, any(map(is_far_away, calls(node))), set(targets(f[0], node))) for f, node in named()]
    found = {f for f, is_talker, _ in everything if is_talker}
    while more := {f for f, _, known in everything if f not in found and found & known}:
        found |= more
    return found
