"""Lets root start Postgres, which refuses to run as root, without opening any folder on the way to its data.

Three ways, tried in this order; the first that can run the program and enter the folder is taken:

1. as `nobody`, where the folders on the way let it through;
2. as `nobody` with the one capability that lets it pass private (0700) folders;
3. in a user namespace in which root is called `nobody`, for root without that capability.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.servers.errors import DidNotStartError

NOBODY = 65534
# Numbers from linux/prctl.h, linux/capability.h and linux/sched.h.
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAPABILITY_VERSION_3, CAP_DAC_OVERRIDE = 0x20080522, 1
CLONE_NEWUSER = 0x10000000
# Loaded here and not in the child, where another thread's lock could be held for ever.
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """How a server's process gives up root: `take` runs in the child, `owner` owns the files it works on."""

    name: str
    take: Callable[[], None]
    owner: int


def identity_for(program: Path, folder: Path, *, ways: tuple[Identity, ...] | None = None) -> Identity:
    """The way to run `program` on `folder`, which must exist; for root the first of `ways` (default: all) that works.

    Raises DidNotStartError when there is none.
    """
    if os.geteuid() != 0:
        return Identity("yourself", lambda: None, os.geteuid())
    for identity in WAYS_FOR_ROOT if ways is None else ways:
        if _works(identity, program, folder):
            return identity
    raise DidNotStartError(
        f"Postgres refuses to run as root, and root here may neither become another user that can enter {folder}, "
        "nor make a user namespace. Run it as an ordinary user, or set DATABASE_URL to a Postgres of your own."
    )


def end_with_parent(signal_number: int) -> None:
    """In a child: be sent this signal when the parent dies, however it dies. Does nothing but on Linux."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def _works(identity: Identity, program: Path, folder: Path) -> bool:
    probe = [
        "/bin/sh",
        "-c",
        'cd "$1" && test "$(id -u)" != 0 && exec "$2" --version',
        "sh",
        str(folder),
        str(program),
    ]
    try:
        done = subprocess.run(
            probe,
            preexec_fn=identity.take,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _become_nobody_who_passes() -> None:
    _must(LIBC.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    _become_nobody()
    mask = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _must(LIBC.capset(header, effective_permitted_inheritable))
    # Ambient: the capability survives the exec of a program that knows nothing of it.
    _must(LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def _rename_root_to_nobody() -> None:
    _must(LIBC.unshare(CLONE_NEWUSER))
    # The kernel wants setgroups given up before a group may be mapped.
    for name, line in (("setgroups", "deny"), ("uid_map", f"{NOBODY} 0 1"), ("gid_map", f"{NOBODY} 0 1")):
        Path("/proc/self", name).write_text(line)


def _must(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "refused by the kernel")


WAYS_FOR_ROOT: tuple[Identity, ...] = (
    Identity("nobody", _become_nobody, NOBODY),
    *(
        (
            Identity("nobody, allowed through private folders", _become_nobody_who_passes, NOBODY),
            Identity("root under another name", _rename_root_to_nobody, 0),
        )
        if sys.platform == "linux"
        else ()
    ),
)
