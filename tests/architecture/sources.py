"""Reads the source tree for the architecture tests."""

import ast
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
PACKAGES = (
    *("api", "cli", "dashboard", "db", "domain", "intake", "messaging", "outbox", "providers", "sandbox"),
    *("settings", "simulation", "telemetry", "views", "web", "webhooks", "worker"),
)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(*packages: str) -> list[Path]:
    """Returns the Python files of these packages, sorted."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """Returns the module name of a file, such as `worker.offers.ask_next` for `worker/offers/ask_next.py`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Returns all nodes of a file, which `ast.walk` finds in more time than the parser takes."""
    found: list[ast.AST] = [tree(path)]
    for node in found:
        for child in vars(node).values():
            if isinstance(child, ast.AST):
                found.append(child)
            elif isinstance(child, list):
                found += [one for one in child if isinstance(one, ast.AST)]
    return tuple(found)


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Returns the modules that a file imports, at the top level or inside a function."""
    found: list[str] = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
    return tuple(found)


def kept_files() -> list[Path]:
    """Returns all files of the project: files that git tracks, and new files that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    ).stdout.decode()
    named = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in named if path.is_file()]


def project_file() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
