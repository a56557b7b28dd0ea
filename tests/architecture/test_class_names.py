"""No two classes in the source tree have the same name."""

import ast
from collections import defaultdict

from tests.architecture.sources import PACKAGES, modules, name_of, tree


def test_no_two_classes_have_one_name() -> None:
    modules_of = defaultdict(list)
    for path in modules(*PACKAGES):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                modules_of[node.name].append(name_of(path))
    assert modules_of
    assert {name: found for name, found in modules_of.items() if len(found) > 1} == {}
