"""Source files: modules have docstrings, lock files are complete, and no file contains a machine-specific path."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, kept_files, modules, nodes, tree
from tests.by_file import TOGETHER, listed_durations

CLOCKS = re.compile(r"(\w+\.)*(in_|now|today|utcnow|\w*from_now)|time\.\w+")
LOCKS = tuple(f"requirements/{name}.txt" for name in ("run", "extras", "build", "embedded", "dev"))
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[.*?\])?==(\S+)", re.MULTILINE)
# The words are split, so that this file itself passes the check.
SOMEBODYS_MACHINE = re.compile(r"(?<![\w.])/(work|root|home/\w+|Users/\w+)/".replace("work", "w" + "ork"))
REGISTRIES = re.compile("|".join((r"py" + r"pi\.org", r"python" + r"hosted", r"--(extra-)?index" + "-url")))


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in modules(*PACKAGES, "tests", "benchmarks") if not ast.get_docstring(tree(path))]
    assert [str(path.relative_to(ROOT)) for path in silent if path.stat().st_size] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_place_to_download_from(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_in_a_lock_file_has_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "")
    pinned = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
    assert pinned
    assert [line.split()[0] for line in pinned if "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_production_runs_the_tested_versions(lock: str) -> None:
    assert versions(ROOT / lock).items() <= versions(ROOT / "requirements/dev.txt").items()


def test_make_up_and_the_image_run_the_same_versions() -> None:
    assert versions(ROOT / "requirements/run.txt").items() <= versions(ROOT / "requirements/embedded.txt").items()


def test_no_parameter_of_a_test_is_a_time_of_its_collection() -> None:
    """Tests may run many minutes after their collection, so a time close to now must be computed inside the test."""
    taken = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in modules("tests")
        for function in nodes(path)
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        for call in calls_at_collection(decorator)
        if CLOCKS.fullmatch(ast.unparse(call.func))
    ]
    assert taken == []


def calls_at_collection(node: ast.AST) -> Iterator[ast.Call]:
    """Yields the calls in an expression, except those inside a lambda."""
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Lambda):
            yield from calls_at_collection(child)


def test_the_durations_that_distribute_the_tests_are_those_of_existing_files() -> None:
    """A group is a word in TOGETHER, a file, or a file and the number of its part."""
    others = set(listed_durations()) - set(TOGETHER.values())
    assert [group for group in others if not (ROOT / group.split()[0]).is_file()] == []


def test_no_file_knows_anybodys_machine() -> None:
    found = {}
    for path in kept_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if hit := SOMEBODYS_MACHINE.search(text) or REGISTRIES.search(text):
            found[str(path.relative_to(ROOT))] = hit.group()
    assert found == {}


def versions(lock: Path) -> dict[str, str]:
    return dict(PINNED.findall(lock.read_text(encoding="utf-8")))
