"""Secrets in files. `NAME_FILE` is the path of a file that contains the secret `NAME`.

Docker and Kubernetes secrets and systemd credentials use this convention. Other processes can read the environment of
a process more easily than its files, and a file can be replaced without changing the unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIX = "_FILE"
LARGEST_FILE = 64 * 1024
"""The maximum size in bytes. A larger file can't be a secret, so the path is probably wrong."""


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """Replaces the value if the file can't be read. `problem` completes a sentence about the setting."""

    problem: str


def secret(environment: Mapping[str, str], name: str) -> str | UnreadableFile | None:
    """Returns the stripped value in the file to which `NAME_FILE` refers, or None if that variable is not set."""
    path = environment.get(name + SUFFIX, "").strip()
    if not path:
        return None
    if environment.get(name, "").strip():
        return UnreadableFile(f"is set twice, here and in {name}{SUFFIX}; unset one of them")
    try:
        with Path(path).open(encoding="utf-8") as file:
            value = file.read(LARGEST_FILE)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        return UnreadableFile(f"cannot be read from the file that {name}{SUFFIX} names: {reason}")
    return value.strip() or UnreadableFile(f"is empty in the file that {name}{SUFFIX} names")
