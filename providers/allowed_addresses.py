"""Checks URLs that a shop enters. Only public addresses are called, and only over https.

Without these checks, the address of a webhook endpoint or a calendar feed could make this system send requests inside
its own network (server-side request forgery).
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import idna

LONGEST_URL = 2000
VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)
USUAL_PORTS = {"http": 80, "https": 443}
FIRST_UNPRIVILEGED_PORT = 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Network address translation converts these IPv6 addresses to the IPv4 address in their last 32 bits.
TRANSLATED = tuple(ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "::/96"))

# Reserved networks that not all supported versions of Python know: the prefix with which a network translates IPv6 to
# its own IPv4 addresses (RFC 8215), relays (RFC 7526) and documentation (RFC 9637).
RESERVED = tuple(ipaddress.ip_network(network) for network in ("64:ff9b:1::/48", "192.88.99.0/24", "3fff::/20"))


class AddressNotAllowedError(ValueError):
    """The address must not be called. The message gives the reason and the fix."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL that `destination_of` has accepted.

    `host` is ASCII without brackets. `path` includes the query.
    """

    secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == USUAL_PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def destination_of(url: str, *, allow_loopback: bool) -> Destination:
    """Performs all checks that need no DNS query. Raises AddressNotAllowedError.

    `allow_loopback`: whether http and this machine are allowed too, as on a development system.
    """
    parts = _split(url)
    if parts.scheme != "https" and not (allow_loopback and parts.scheme == "http"):
        raise AddressNotAllowedError("Use an address that starts with https://.")
    if parts.username is not None or parts.password is not None:
        raise AddressNotAllowedError("Leave the user name and password out of the address.")
    destination = Destination(
        secure=parts.scheme == "https",
        host=_host_of(parts),
        port=_port_of(parts),
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    for address in _written_as_number(destination.host):
        require_allowed(address, allow_loopback=allow_loopback)
    return destination


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST_URL:
        raise AddressNotAllowedError(f"Use an address of at most {LONGEST_URL} characters.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise AddressNotAllowedError("Use a valid address.") from None
    # urlsplit removes line breaks and tabs, but another parser may interpret them differently.
    rest = f"{parts.path}?{parts.query}"
    if not VISIBLE.fullmatch(rest) or any(character <= " " for character in url) or "\\" in url:
        raise AddressNotAllowedError("Escape spaces and other special characters in the address (%20).")
    return parts


def _host_of(parts: SplitResult) -> str:
    try:
        host = (parts.hostname or "").rstrip(".")
        if ":" in host:
            return str(ipaddress.IPv6Address("" if "%" in host else host))
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except (ValueError, UnicodeError):
        ascii_host = ""
    if not re.fullmatch(r"[a-z0-9._-]{1,253}", ascii_host, re.ASCII) or ".." in ascii_host:
        raise AddressNotAllowedError("Use an address with a valid host name.")
    return ascii_host


def _port_of(parts: SplitResult) -> int:
    usual = USUAL_PORTS[parts.scheme]
    try:
        port = usual if parts.port is None else parts.port
    except ValueError:
        port = 0
    if port not in USUAL_PORTS.values() and port < FIRST_UNPRIVILEGED_PORT:
        raise AddressNotAllowedError(f"Use port 443, 80, or one from {FIRST_UNPRIVILEGED_PORT} on.")
    return port


def _written_as_number(host: str) -> list[Address]:
    """Returns the address that resolvers derive from hosts such as 127.1, 0x7f000001 or 2130706433 without DNS, if
    any.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return _addresses(found)


def _addresses(found: Iterable[tuple[Any, ...]]) -> list[Address]:
    """Returns the addresses in the result of getaddrinfo, in the same order."""
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def require_allowed(address: Address, *, allow_loopback: bool) -> None:
    """Raises AddressNotAllowedError unless the address is public or an allowed loopback address."""
    meant = _meant_by(address)
    if meant.is_loopback and allow_loopback:
        return
    if not meant.is_global or meant.is_multicast or _is_reserved(meant):
        raise AddressNotAllowedError(f"Use a public address: {address} belongs to a private or reserved network.")


def _is_reserved(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return True
    return address.is_reserved or any(address in network for network in RESERVED)


def _meant_by(address: Address) -> Address:
    """Returns the IPv4 address that an IPv6 address contains, if any."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inside = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inside is None and any(address in network for network in TRANSLATED) and int(address) > 1:
        inside = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inside or address


def resolve(destination: Destination, *, allow_loopback: bool) -> list[Address]:
    """Resolves the host and returns the allowed addresses. The caller must connect to one of them.

    Raises AddressNotAllowedError if no address is allowed, and OSError if the name has no address.
    """
    found = socket.getaddrinfo(destination.host, destination.port, type=socket.SOCK_STREAM)
    allowed, refusal = [], AddressNotAllowedError("The host has no address.")
    for address in _addresses(found):
        try:
            require_allowed(address, allow_loopback=allow_loopback)
            allowed.append(address)
        except AddressNotAllowedError as error:
            refusal = error
    if not allowed:
        raise refusal
    return allowed
