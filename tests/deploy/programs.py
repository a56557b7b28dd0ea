"""Programs that no wheel brings: a test that needs one is skipped where it is not installed."""

import os
import shutil

import pytest

# Debian puts servers where only root looks.
WHERE = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def installed(name: str) -> str:
    """The path of the program. SLOTS_REQUIRE_PROGRAMS=1, which CI sets, makes its absence an error."""
    found = shutil.which(name, path=WHERE)
    if found is None and os.environ.get("SLOTS_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{name} is not installed: apt-get install prometheus pgbouncer")
    return found or pytest.skip(f"{name} is not installed")
