"""The wheel with the extra `embedded` runs the demo from an empty environment outside the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, kept_files, project_file
from tests.deploy.files import ROOT
from tests.waiting import PATIENCE_SECONDS

BESIDE = {"pyproject.toml", "README.md", "LICENSE", "beat_schedule.py"}
PINNED = re.compile(r"^[a-z0-9][\w.-]*==[^\s\\]+(?: *;[^\\\n]*)?", re.MULTILINE)
# The settings that pip needs to reach a package index. All other variables are left out.
OF_PIP = re.compile(r"PIP_|SSL_|\w*_proxy$|\w*_PROXY$")


@pytest.mark.long
def test_the_installed_wheel_runs_the_demo(tmp_path: Path) -> None:
    sources, home, version = tmp_path / "sources", tmp_path / "home", project_file()["project"]["version"]
    copy_sources(sources)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", tmp_path, sources)
    (wheel,) = tmp_path.glob("*.whl")
    home.mkdir()
    # An installed pip is faster than a new pip, whose modules have not been compiled yet.
    run(sys.executable, "-m", "venv", "--without-pip", home / "env")
    programs = home / "env" / "bin"
    (home / "locked.txt").write_text("\n".join(PINNED.findall(lock("embedded"))), encoding="utf-8")
    run(
        *(*pip, "--python", programs / "python", "install", "--no-compile", "--only-binary=:all:"),
        *("--constraint", home / "locked.txt", f"{wheel}[embedded]"),
        folder=home,
        **{name: value for name, value in os.environ.items() if OF_PIP.match(name)},
    )

    assert run(programs / "slots", "--version", folder=home).strip() == f"slots {version}"
    assert "Sold again in" in run(programs / "slots", "demo", folder=home)
    assert f'slots_build_info{{version="{version}"}} 1.0' in run(programs / "python", "-c", SHOW, folder=home)


SHOW = """
from prometheus_client import generate_latest
from telemetry.metrics_server import registry
import telemetry.metrics
print(generate_latest(registry()).decode())
"""


def copy_sources(folder: Path) -> None:
    for path in kept_files():
        name = path.relative_to(ROOT)
        if name.parts[0] in {*PACKAGES, *BESIDE}:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(path.read_bytes())


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def run(*command: object, folder: Path | None = None, **environment: str) -> str:
    """Runs a command and returns its output.

    With `folder`, it runs in that folder with an otherwise empty environment.
    """
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"} | environment
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=bare if folder else None,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr
