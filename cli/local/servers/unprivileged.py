"""Runs Postgres for any user, even below private (0700) folders.

Postgres itself refuses root and users without a name.

The module tries these identities in order, and uses the first for which initdb accepts the folder:

1. Root becomes `nobody` with CAP_DAC_OVERRIDE, which gives access to private folders. This needs CAP_SETUID,
   CAP_SETGID and CAP_CHOWN, and CAP_SETPCAP if the programs are below a private folder. Docker and Podman grant all
   of these. Other users keep their own identity.
2. The current user gets the name `nobody` in a user namespace. This needs a kernel that allows user namespaces, and
   CAP_SETFCAP for root.
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
    "Postgres can't run here as the user with the id {user}. Run this as a user who is listed in /etc/passwd, or set "
    "DATABASE_URL to a Postgres of your own. What was tried:"
)
# libc is loaded here, because a child could wait forever for a lock that another thread held during the fork.
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """An identity for a server process. `take` assumes the identity in the child; `owner` is the user id that owns
    the server's files.
    """

    name: str
    take: Callable[[], None]
    owner: int


def identity_for(initdb: Path, folder: Path, *, ways: tuple[Identity, ...] | None = None) -> Identity:
    """Returns the first identity in `ways` with which Postgres' programs work in `folder`, which must exist.

    Raises DidNotStartError, with a reason for each identity, if none works.
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
    """Returns the identities that the current user can try on this system."""
    user, group = os.geteuid(), os.getegid()
    on_linux = sys.platform == "linux"
    renamed = Identity("a user renamed to nobody", lambda: _rename_to_nobody(user, group), user)
    first = Identity("nobody", _become_nobody, NOBODY) if user == 0 else Identity("yourself", lambda: None, user)
    return (first, renamed) if on_linux else (first,)


def end_with_parent(signal_number: int) -> None:
    """Makes Linux send this signal to the calling process when its parent dies. No effect on other systems."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def _refusal(identity: Identity, initdb: Path, folder: Path) -> str | None:
    """Returns the reason why initdb can't create a cluster in `folder` under this identity, or None if it can.

    `initdb --show` performs all of initdb's checks (of its user, the programs in its folder, and the data folder) and
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
    # initdb calls access(2) to check whether it may run the programs in its folder.
    # access(2) considers the capabilities of users other than root only if this bit is set.
    # An error is ignored, because folders that are not private do not need the bit.
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
    # The kernel allows mapping a group only after setgroups has been disabled.
    maps = (("setgroups", "deny"), ("uid_map", f"{NOBODY} {user} 1"), ("gid_map", f"{NOBODY} {group} 1"))
    for name, line in maps:
        Path("/proc/self", name).write_text(line)


def _must(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "refused by the kernel")
