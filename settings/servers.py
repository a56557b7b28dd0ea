"""The servers in an address, which may name several: user:password@host1:port1,host2:port2."""

import re
from urllib.parse import SplitResult, urlsplit

INVALID_PORT = "has a port that is not a number from 1 to 65535"

Server = tuple[str, int]
"""Host and port."""


def split_address(url: str) -> tuple[SplitResult, str]:
    """Splits the hosts from a URL that may name several, because `urlsplit` allows brackets around one host only.

    Returns the URL without its hosts, and the hosts with their ports. Raises ValueError with a sentence about the
    setting.
    """
    scheme, _, rest = url.partition("://")
    location = re.split("[/?#]", rest, maxsplit=1)[0]
    login, at, hosts = location.rpartition("@")
    try:
        return urlsplit(f"{scheme}://{login}{at}{rest[len(location) :]}"), hosts
    except ValueError:
        raise ValueError("is not a valid address; escape special characters in the password (%5B for [)") from None


def servers_in(hosts: str, *, default_port: int) -> tuple[Server, ...]:
    """Returns the servers, which are separated by commas. Raises ValueError with a sentence about the setting."""
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
    """The hosts and ports, for messages and other URLs."""
    return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers)
