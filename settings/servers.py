"""The servers in an address, which may name several: user:password@host1:port1,host2:port2."""

from urllib.parse import urlsplit

INVALID_PORT = "has a port that is not a number from 1 to 65535"

Server = tuple[str, int]
"""Host and port."""


def servers_in(location: str, *, default_port: int) -> tuple[Server, ...]:
    """Returns the servers in the part of a URL between // and the path.

    Raises ValueError with a sentence about the setting.
    """
    return tuple(_server(part, default_port) for part in location.rpartition("@")[2].split(","))


def _server(part: str, default_port: int) -> Server:
    try:
        parts = urlsplit(f"//{part}")
        port = default_port if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(INVALID_PORT)
    if not parts.hostname:
        raise ValueError("names no host")
    return parts.hostname, port


def named(servers: tuple[Server, ...]) -> str:
    """The hosts and ports, for messages and other URLs."""
    return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers)
