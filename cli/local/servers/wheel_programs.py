"""Finds a program inside an installed wheel, without importing the wheel's Python."""

import importlib.util
from pathlib import Path

from cli.local.servers.start_errors import DidNotStartError


def inside_wheel(package: str, pattern: str) -> Path:
    """The one file that matches the pattern. Raises DidNotStartError when the wheel is not installed."""
    # Importing these packages runs code we do not want: one looks for folders in the user's home.
    spec = importlib.util.find_spec(package)
    found = [
        path
        for place in (spec.submodule_search_locations or () if spec else ())
        for path in Path(place).glob(pattern)
    ]
    if not found:
        raise DidNotStartError(
            f"{package} is not installed for this machine. "
            "Run make setup, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return found[0]
