"""Finds free loopback ports."""

import atexit
import secrets
import socket
from pathlib import Path

from cli.local.servers.private_files import keep, kept

LOOPBACK = "127.0.0.1"
# Outgoing connections use ports from 32768 on Linux and from 49152 on macOS.
# Lower ports therefore stay free while a server restarts.
QUIET_PORTS = range(20_000, 32_000)


# Tokens for ports that have been chosen but are possibly not bound yet. Other systems on this machine do not choose
# these ports.
_claimed: dict[int, socket.socket] = {}


@atexit.register
def _give_up_claims() -> None:
    while _claimed:
        _claimed.popitem()[1].close()


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # This ignores recently closed connections.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(preferred: int | None = None) -> int:
    """Returns the preferred port if it is free, and a random free port otherwise."""
    if preferred is not None and is_free(preferred):
        return preferred
    while True:
        port = secrets.choice(QUIET_PORTS)
        if is_free(port) and (token := _token(port)):
            _claimed[port] = token
            return port


def take_port(preferred: int) -> tuple[int, socket.socket]:
    """Returns a port as `free_port` does, and a token.

    While the token is open, no other system on this machine chooses this port. The web servers bind with
    SO_REUSEPORT, so two systems that start simultaneously could share a port. The token is the UDP port with the same
    number, which nothing else uses.
    """
    port = free_port(preferred)
    while (token := _claimed.pop(port, None) or _token(port)) is None:
        port = free_port()
    return port, token


def _token(port: int) -> socket.socket | None:
    """Returns a token for the port, or None if another process holds it."""
    token = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        token.bind((LOOPBACK, port))
    except OSError:
        token.close()
        return None
    return token


def choose_port(memory: Path) -> int:
    """Returns the port in this file if the port is free. Otherwise, chooses and stores another port."""
    last = kept(memory)
    port = free_port(int(last) if last else None)
    keep(memory, str(port))
    return port
