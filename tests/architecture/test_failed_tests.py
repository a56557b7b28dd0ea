"""A failed test does not make the next test fail."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT

TESTS = """
import gc
import socket

def test_fails_and_leaves_a_connection_open():
    left_open = [socket.socket()]
    left_open.append(left_open)
    assert left_open is None

def test_leaves_nothing_open():
    gc.collect()
"""


def test_what_a_failed_test_leaves_open_raises_no_warning_in_the_next(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(TESTS)
    config = ("-c", ROOT / "pyproject.toml", "--rootdir", ROOT, "-p", "tests.conftest", "-n0")
    command = [sys.executable, "-m", "pytest", *map(str, config), str(tmp_path / "test_two.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed in" in done.stdout, done.stdout + done.stderr
