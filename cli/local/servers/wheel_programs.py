"""Finds a program in an installed wheel, without importing its Python package."""

import importlib.util
from pathlib import Path

from cli.local.servers.start_errors import DidNotStartError


def inside_wheel(package: str, pattern: str) -> Path:
    """Returns the file that matches the pattern. Raises DidNotStartError if the wheel is not installed."""
    # The packages are not imported, because imports have side effects. One package searches the home folder.
    spec = importlib.util.find_spec(package)
    found = [
        path
        for place in (spec.submodule_search_locations or () if spec else ())
        for path in Path(place).glob(pattern)
    ]
    if not found:
        raise DidNotStartError(
            f"{package} is not installed. Run make setup, or set DATABASE_URL and REDIS_URL to your own servers."
        )
    return found[0]
