"""Runs Postgres, which refuses root and users without a name, for any user, even below private (0700) folders.

These ways are tried in order, and the first with which initdb accepts the folder is used:

1. root becomes `nobody` with CAP_DAC_OVERRIDE, which opens private folders to it. Needs CAP_SETUID, CAP_SETGID and
   CAP_CHOWN, and CAP_SETPCAP if the programs are below a private folder: Docker and Podman grant all of them.
   Other users run Postgres as themselves;
2. our user gets the name `nobody` in a user namespace. Needs a kernel that allows it, and CAP_SETFCAP if we are
   root.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.local.servers.start_errors import DidNotStartError

NOBODY = 65534
# Numbers from linux/prctl.h, linux/securebits.h, linux/capability.h and linux/sched.h.
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3, CAP_DAC_OVERRIDE = 0x20080522, 1
CLONE_NEWUSER = 0x10000000
ADVICE_FOR_ROOT = (
    "Postgres refuses to run as root, and here root can't run it under another identity. Run this as an ordinary "
    "user, set DATABASE_URL to a Postgres of your own, or give the container the capabilities that Docker gives by "
    "default: CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_CHOWN, CAP_DAC_OVERRIDE. What was tried:"
)
ADVICE = (
    "Postgres can't run here for the user with the number {user}. Run this as a user whom /etc/passwd names, or set "
    "DATABASE_URL to a Postgres of your own. What was tried:"
)
# It is loaded here and not in the child, where another thread's lock could be held forever.
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """How a server's process gives up root: `take` runs in the child, `owner` owns the files it works on."""

    name: str
    take: Callable[[], None]
    owner: int


def identity_for(initdb: Path, folder: Path, *, ways: tuple[Identity, ...] | None = None) -> Identity:
    """Returns the identity for Postgres' programs in `folder`, which must exist: the first of `ways` that works.

    Raises DidNotStartError when none does, with the reason of each.
    """
    refusals = []
    for identity in ways_here() if ways is None else ways:
        refusal = _refusal(identity, initdb, folder)
        if refusal is None:
            return identity
        refusals.append(f"  as {identity.name}: {refusal}")
    user = os.geteuid()
    raise DidNotStartError("\n".join((ADVICE_FOR_ROOT if user == 0 else ADVICE.format(user=user), *refusals)))


def ways_here() -> tuple[Identity, ...]:
    """Returns the ways for the current user on this system."""
    user, group = os.geteuid(), os.getegid()
    on_linux = sys.platform == "linux"
    renamed = Identity("a user renamed to nobody", lambda: _rename_to_nobody(user, group), user)
    first = Identity("nobody", _become_nobody, NOBODY) if user == 0 else Identity("yourself", lambda: None, user)
    return (first, renamed) if on_linux else (first,)


def end_with_parent(signal_number: int) -> None:
    """Runs in a child, which will get this signal when its parent dies for any reason. Works only on Linux."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def _refusal(identity: Identity, initdb: Path, folder: Path) -> str | None:
    """Returns why initdb would not create a cluster in `folder` under this identity, or None if it would.

    `initdb --show` makes all checks that initdb makes (of its user, of the programs beside it, of the folder) and
    changes nothing.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="probe-", dir=folder) as trial:
            os.chown(trial, identity.owner, -1)
            done = subprocess.run(
                [initdb, "--show", "-D", trial],
                cwd=trial,
                preexec_fn=identity.take,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=30,
                check=False,
            )
    except (OSError, subprocess.SubprocessError) as why:
        return str(why)
    return (done.stderr.strip().splitlines() or ["it failed"])[0] if done.returncode else None


def _become_nobody() -> None:
    # access(2) considers the capabilities of a user who is not root only if this bit is set, and initdb asks
    # access(2) whether it may run the programs beside it. It is not required: without CAP_SETPCAP this works in open
    # folders.
    LIBC.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    _must(LIBC.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    mask = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    effective_permitted_inheritable = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    _must(LIBC.capset(header, effective_permitted_inheritable))
    # An ambient capability survives the exec of a program that does not use capabilities.
    _must(LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def _rename_to_nobody(user: int, group: int) -> None:
    _must(LIBC.unshare(CLONE_NEWUSER))
    # The kernel requires setgroups to be disabled before a group may be mapped.
    maps = (("setgroups", "deny"), ("uid_map", f"{NOBODY} {user} 1"), ("gid_map", f"{NOBODY} {group} 1"))
    for name, line in maps:
        Path("/proc/self", name).write_text(line)


def _must(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "refused by the kernel")
