"""The version of the running code."""

from functools import cache
from importlib import metadata

DISTRIBUTION = "slot-recovery"


@cache
def version() -> str:
    """Returns the installed version, as in `slots --version`, or "unknown" if the package is not installed."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"
