"""Finds programs. Tests that need a missing program are skipped."""

import os
import shutil
import sys
from pathlib import Path

import pytest

# Some programs are installed with Python packages. Debian installs servers in folders that only root's path contains.
WHERE = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def installed(name: str) -> str:
    """Returns the path of the program.

    With SLOTS_REQUIRE_PROGRAMS=1, which CI sets, a missing program is an error.
    """
    found = shutil.which(name, path=WHERE)
    if found is None and os.environ.get("SLOTS_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{name} is not installed: apt-get install prometheus pgbouncer nginx")
    return found or pytest.skip(f"{name} is not installed")
