"""No two classes in the source tree, and no two helpers of the tests, have the same name."""

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.sources import PACKAGES, modules, name_of, nodes, tree


def test_no_two_classes_have_one_name() -> None:
    assert repeated((path, node.name) for path in modules(*PACKAGES) for node in nodes(path) if is_class(node)) == {}


def test_no_two_helpers_of_the_tests_have_one_name() -> None:
    """Private names are exempt, and so are fixtures, because each folder may define its own `app`."""
    helpers = [path for path in modules("tests") if not path.name.startswith("test_")]
    found = [(path, node.name) for path in helpers for node in tree(path).body if is_helper(node)]
    assert repeated(found) == {}


def repeated(found: Iterable[tuple[Path, str]]) -> dict[str, list[str]]:
    modules_of = defaultdict(list)
    for path, name in found:
        modules_of[name].append(name_of(path))
    assert modules_of
    return {name: found for name, found in modules_of.items() if len(found) > 1}


def is_class(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef)


def is_helper(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith(("_", "pytest_")):
        return False
    return not any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)
