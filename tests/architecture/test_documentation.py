"""Checks the documentation: generated pages are up to date, link targets and names exist, and each dependency is
justified.
"""

import re
import subprocess
import sys

from docs.generator.__main__ import PAGES
from tests.architecture.sources import PACKAGES, ROOT, project_file
from tests.waiting import PATIENCE_SECONDS

WRITTEN = sorted(
    [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *(ROOT / "docs").rglob("*.md")]
)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)")
FILE = re.compile(rf"`((?:{'|'.join(PACKAGES)}|tests|docs|requirements)/[\w/.-]*)`")
TEST = re.compile(r"\[`(test_\w+)`\]\(([^)]+)\)")
REQUIREMENT = re.compile(r"^[A-Za-z0-9._-]+")


def test_no_computed_page_is_stale() -> None:
    """Runs in a separate process, because other tests change the defaults that the commands' help shows."""
    command = [sys.executable, "-m", "docs.generator", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, f"run `make docs` and commit the result\n{done.stdout}{done.stderr}"


def test_every_page_under_reference_is_computed() -> None:
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "reference").glob("*.md")}
    assert there <= set(PAGES)


def test_every_link_and_every_file_that_is_named_is_there() -> None:
    missing = []
    for page in WRITTEN:
        text = page.read_text(encoding="utf-8")
        missing += [(page, link) for link in LINK.findall(text) if not (page.parent / link).exists()]
        missing += [(page, name) for name in FILE.findall(text) if not (ROOT / name).exists()]
    assert missing == []


def test_every_test_in_the_documentation_is_in_its_file() -> None:
    named = [(page, *found) for page in WRITTEN for found in TEST.findall(page.read_text(encoding="utf-8"))]
    texts = {path: path.read_text("utf-8") for path in {page.parent / file for page, _, file in named}}
    assert [one for one in named if f"def {one[1]}(" not in texts[one[0].parent / one[2]]] == []


def test_the_examples_of_tests_are_the_beginnings_of_tests() -> None:
    examples = re.findall(r"```python\n(.+?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    assert examples
    assert [example for example in examples if not any(example in test for test in tests)] == []


def test_every_dependency_has_its_line_and_every_line_its_dependency() -> None:
    told = re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted(required())


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_decision_fits_on_one_page() -> None:
    pages = (ROOT / "docs/decisions").glob("*.md")
    assert [page.stem for page in pages if len(page.read_text(encoding="utf-8").splitlines()) > 60] == []


def required() -> set[str]:
    """Returns the names of all direct dependencies, including optional dependencies."""
    project = project_file()["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    found = [REQUIREMENT.match(line) for line in lines]
    return {match.group() for match in found if match}
