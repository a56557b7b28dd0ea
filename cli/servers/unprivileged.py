"""Lets root start Postgres, which refuses to run as root, whatever the permissions of its folders are.

Two ways on Linux, tried in this order; the first under which initdb accepts the folder is taken:

1. as `nobody` with CAP_DAC_OVERRIDE, which opens private (0700) folders to it. Needs CAP_SETUID, CAP_SETGID and
   CAP_CHOWN, and CAP_SETPCAP if the programs are below a private folder: Docker and Podman grant all of them;
2. in a user namespace that maps root to `nobody`. Needs CAP_SETFCAP and a kernel that lets root make namespaces.
"""

import contextlib
import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.servers.errors import DidNotStartError

NOBODY = 65534
# Numbers from linux/prctl.h, linux/securebits.h, linux/capability.h and linux/sched.h.
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
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


def identity_for(initdb: Path, folder: Path, *, ways: tuple[Identity, ...] | None = None) -> Identity:
    """The identity for Postgres' programs in `folder`, which must exist; for root the first of `ways` that works.

    Raises DidNotStartError when none does, with the reason of each.
    """
    if os.geteuid() != 0:
        return Identity("yourself", lambda: None, os.geteuid())
    refusals = []
    for identity in WAYS_FOR_ROOT if ways is None else ways:
        refusal = _refusal(identity, initdb, folder)
        if refusal is None:
            return identity
        refusals.append(f"  as {identity.name}: {refusal}")
    tried = "\n".join(["", "What was tried:", *refusals]) if refusals else ""
    raise DidNotStartError(
        "Postgres refuses to run as root, and here root can't run it under another identity. Run this as an ordinary "
        "user, set DATABASE_URL to a Postgres of your own, or give the container CAP_SETUID, CAP_SETGID, CAP_SETPCAP, "
        f"CAP_CHOWN and CAP_DAC_OVERRIDE (Docker's default).{tried}"
    )


def end_with_parent(signal_number: int) -> None:
    """In a child: be sent this signal when the parent dies, however it dies. Does nothing but on Linux."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def _refusal(identity: Identity, initdb: Path, folder: Path) -> str | None:
    """Why initdb would not make a cluster in `folder` under this identity, or None if it would.

    `initdb --show` makes all checks that initdb makes (of its user, of the programs beside it, of the folder) and
    changes nothing.
    """
    with contextlib.ExitStack() as cleanup:
        try:
            trial = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="probe-", dir=folder))
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
    return (done.stderr.strip().splitlines() or ["it failed"])[-1] if done.returncode else None


def _become_nobody() -> None:
    # access(2) looks at the capabilities of a user who is not root only with this bit, and initdb asks access(2)
    # whether it may run the programs beside it. Not required: without CAP_SETPCAP it works in open folders.
    LIBC.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    _must(LIBC.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
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
    (
        Identity("nobody", _become_nobody, NOBODY),
        Identity("root under another name", _rename_root_to_nobody, 0),
    )
    if sys.platform == "linux"
    else ()
)
