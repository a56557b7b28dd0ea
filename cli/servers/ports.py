"""Finds loopback ports that nobody uses."""

import random
import socket
import sys
from pathlib import Path

from cli.servers.keep import keep, kept

LOOPBACK = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections (Linux 32768, macOS 49152): a server that
# is down for a moment finds its port free when it comes back.
QUIET_PORTS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Connections that were closed a moment ago do not count as "taken".
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(preferred: int | None = None) -> int:
    """The preferred port if nobody has it, else a random free one."""
    if preferred is not None and is_free(preferred):
        return preferred
    while True:
        port = random.choice(QUIET_PORTS)  # noqa: S311  (nothing depends on nobody guessing it)
        if is_free(port):
            return port


def take_port(preferred: int | None = None) -> tuple[int, socket.socket | None]:
    """Like free_port, and a socket that keeps others out while it is open, but lets our web servers in.

    They bind with SO_REUSEPORT, so two systems that start at the same moment could end up on one port, sharing its
    callers. Linux only: elsewhere nothing keeps the port.
    """
    while True:
        port, preferred = free_port(preferred), None
        if sys.platform != "linux":
            return port, None
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((LOOPBACK, port))
        except OSError:  # taken in this very moment
            holder.close()
            continue
        # After binding: whoever binds without this option, as is_free does, is refused.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return port, holder


def choose_port(memory: Path) -> int:
    """The port this file remembers from last time if it is still free, else another, which it remembers."""
    last = kept(memory)
    port = free_port(int(last) if last else None)
    keep(memory, str(port))
    return port
