"""Finds the servers in an address, which may contain several: user:password@host1:port1,host2:port2."""

import re
from urllib.parse import SplitResult, urlsplit

INVALID_PORT = "has a port that is not a number from 1 to 65535"

Server = tuple[str, int]
"""A host and a port."""


def split_address(url: str) -> tuple[SplitResult, str]:
    """Splits the hosts from a URL with one or more hosts. `urlsplit` would allow brackets around only one host.

    Returns the URL without its hosts, and the hosts with their ports. Raises ValueError with a sentence for the user.
    """
    scheme, _, rest = url.partition("://")
    location = re.split("[/?#]", rest, maxsplit=1)[0]
    login, at, hosts = location.rpartition("@")
    try:
        return urlsplit(f"{scheme}://{login}{at}{rest[len(location) :]}"), hosts
    except ValueError:
        raise ValueError("is not a valid address; escape special characters in the password (%5B for [)") from None


def servers_in(hosts: str, *, default_port: int) -> tuple[Server, ...]:
    """Returns the servers in a comma-separated list. Raises ValueError with a sentence for the user."""
    return tuple(_server(part, default_port) for part in hosts.split(","))


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
    """Returns the hosts and ports, formatted for messages and other URLs."""
    return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers)
