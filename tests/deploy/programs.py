"""Finds programs that no wheel contains; tests that need one are skipped where it is not installed."""

import os
import shutil

import pytest

# Debian installs servers in folders that are only on root's path.
WHERE = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def installed(name: str) -> str:
    """Returns the path of the program.

    With SLOTS_REQUIRE_PROGRAMS=1, which CI sets, a missing program is an error.
    """
    found = shutil.which(name, path=WHERE)
    if found is None and os.environ.get("SLOTS_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{name} is not installed: apt-get install prometheus pgbouncer")
    return found or pytest.skip(f"{name} is not installed")
