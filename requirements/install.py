"""Installs the packages of lock files with pip, for the Python that runs this script, and shows the progress.

Usage: python requirements/install.py LOCK...   Exit code: pip's. Uses only the standard library.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

PIP = (
    *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"),
    *("--require-hashes", "--only-binary=:all:"),
)
# If the output is not a terminal, a line is printed each time this many packages are complete.
STEP = 20
# If pip fails, this many lines at the end of its output are printed, because they contain the error.
SHOWN_LINES = 15
# The line that pip prints for each line of a lock file.
# If another package requires the package, "(from other-package..." follows.
PACKAGE = re.compile(
    r"(?:Collecting|Processing|Ignoring|Requirement already satisfied:) ([^\s:]+)(?!.*\(from (?!-r))"
)


def main(locks: list[str]) -> int:
    output: list[str] = []
    total = sum(_packages_in(Path(lock)) for lock in locks)
    _write(f"installing what {' and '.join(locks)} list{'s' if len(locks) == 1 else ''}\n")
    command = [*PIP, *(word for lock in locks for word in ("-r", lock))]
    with subprocess.Popen(  # noqa: S603 (our own command)
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        for progress in _progress(_kept(pip.stdout or (), output), total):
            _write(progress)
    if pip.returncode:
        _write("".join(output[-SHOWN_LINES:]))
    return pip.returncode


def _packages_in(lock: Path) -> int:
    return sum(
        "==" in line and not line.startswith((" ", "#")) for line in lock.read_text(encoding="utf-8").splitlines()
    )


def _kept(lines: Iterable[str], output: list[str]) -> Iterator[str]:
    for line in lines:
        output.append(line)
        yield line


def _progress(lines: Iterable[str], total: int) -> Iterator[str]:
    """Yields the progress messages for these lines of pip's output."""
    terminal, names = sys.stderr.isatty(), set[str]()
    for line in lines:
        found = PACKAGE.match(line)
        if found and (name := _name_in(found[1])) not in names:
            names.add(name)
            if terminal:
                yield f"\r\033[K  {len(names)} of {total}: {name}"
            elif len(names) % STEP == 0:
                yield f"  {len(names)} of {total}\n"
        elif line.startswith("Installing collected packages"):
            yield ("\r\033[K" if terminal else "") + "  unpacking them into .venv\n"


def _name_in(word: str) -> str:
    """Returns the package's name from `name==1.0` or a wheel's path."""
    name = Path(word).name.split("-")[0] if word.endswith(".whl") else re.split(r"[\[=<>!~;]", word)[0]
    return name.lower().replace("_", "-")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
