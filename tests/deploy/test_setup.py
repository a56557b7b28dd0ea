"""The packages that each `make` target installs, and the output of the installation."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.files import ROOT
from tests.effort import long_except

INSTALL = ROOT / "requirements" / "install.py"
WORDS_OF_PIP = (
    "Collecting aiohttp==3.14.5 (from -r requirements/dev.txt (line 1))\n",
    "Collecting aiohttp==3.14.5\n",
    "  Downloading aiohttp-3.14.5-cp311-cp311-manylinux2014_x86_64.whl (1.9 MB)\n",
    "Processing ./wheels/aiohttp_retry-2.9.1-py3-none-any.whl (from -r requirements/dev.txt (line 2))\n",
    "Requirement already satisfied: yarl==1.25.1 in ./lib (from -r requirements/dev.txt (line 3)) (1.25.1)\n",
    "Requirement already satisfied: idna>=3 in ./lib (from yarl==1.25.1->-r requirements/dev.txt (line 3)) (3.11)\n",
    "Ignoring colorama: markers 'sys_platform == \"win32\"' don't match your environment\n",
)
# A version that does not exist, with an invalid hash.
NO_SUCH_PACKAGE = f"no-such-package-of-ours==1.0 --hash=sha256:{'0' * 64}\n"


@pytest.mark.parametrize("target", long_except(["setup", "demo", "up"], "demo"))
def test_to_run_it_nothing_is_installed_that_only_tests_need(target: str) -> None:
    planned = plan_of(target)

    assert "requirements/embedded.txt" in planned
    assert "requirements/dev.txt" not in planned


@pytest.mark.parametrize("target", long_except(["dev", "test", "lint", "audit", "bench", "chaos"], "test"))
def test_whoever_develops_gets_the_rest_on_top(target: str) -> None:
    planned = plan_of(target)

    assert planned.index("requirements/embedded.txt") < planned.index("requirements/dev.txt")


def test_what_is_installed_already_is_counted_and_left_alone(tmp_path: Path) -> None:
    done = install("requirements/build.txt")

    assert (done.returncode, done.stdout) == (0, "")
    assert "requirements/build.txt" in done.stderr
    assert "unpacking" not in done.stderr


@pytest.mark.long
def test_when_it_fails_pips_error_is_shown(tmp_path: Path) -> None:
    (tmp_path / "lock.txt").write_text(NO_SUCH_PACKAGE)

    done = install(str(tmp_path / "lock.txt"))

    assert done.returncode == 1
    assert "No matching distribution found for no-such-package-of-ours" in done.stderr


def test_every_pips_words_for_a_package_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("install", INSTALL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "STEP", 1)

    assert list(module._progress(WORDS_OF_PIP, 9)) == [f"  {number} of 9\n" for number in (1, 2, 3, 4)]


def plan_of(target: str) -> str:
    """Returns the commands that make would run if no package were installed."""
    # Under `make test`, make would otherwise read the parent's flags from the environment.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    planned = ("make", "--dry-run", "--always-make", target)
    return subprocess.run(planned, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def install(lock: str) -> subprocess.CompletedProcess[str]:
    """Runs the installation offline, so that missing packages cannot be downloaded."""
    environment = os.environ | {"PIP_NO_INDEX": "1"}
    return subprocess.run(
        [sys.executable, INSTALL, lock], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
