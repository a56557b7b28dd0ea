"""Parses e-mail addresses, and converts them for mail servers.

The domain is converted to ASCII (IDNA 2008, RFC 5891). The local part can't be converted: if it contains non-ASCII
letters, the mail server must support SMTPUTF8 (RFC 6531). The parser does not check whether the address exists.
"""

import re
from dataclasses import dataclass, field

import idna

LONGEST, LONGEST_LOCAL = 254, 64
"""The maximum octets of the address and of its local part (RFC 5321, 4.5.3.1, with its erratum)."""

# Matches labels that need no conversion (RFC 1035, 2.3.1).
_PLAIN_LABEL = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# The characters allowed by RFC 5322, 3.2.3. Quoted local parts are not supported, because they are rarely used.
_ATOM_SIGNS = frozenset("!#$%&'*+-/=?^_`{|}~.")


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An e-mail address. `local` is as typed, and `domain` is in ASCII."""

    local: str = field(repr=False)
    domain: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def parse(typed: str) -> EmailAddress | None:
    """Returns the address, or None if `typed` is invalid. Runs in linear time, for at most LONGEST octets."""
    if len(typed) > LONGEST:
        return None
    local, at, domain = typed.partition("@")
    if not at or not _is_local(local):
        return None
    ascii_domain = _in_ascii(domain)
    address = EmailAddress(local, ascii_domain)
    return address if ascii_domain and len(str(address).encode()) <= LONGEST else None


def _is_local(local: str) -> bool:
    return (
        0 < len(local.encode("utf-8", "replace")) <= LONGEST_LOCAL
        and all(c.isalnum() or c in _ATOM_SIGNS or (not c.isascii() and c.isprintable()) for c in local)
        and "" not in local.split(".")
    )


def _in_ascii(domain: str) -> str:
    """Returns the domain in ASCII, or an empty string if it is invalid or has fewer than two labels."""
    if all(map(_PLAIN_LABEL.fullmatch, domain.lower().split("."))):
        return _of_two_parts(domain.lower())
    try:
        return _of_two_parts(idna.encode(domain, uts46=True, std3_rules=True).decode())
    except (idna.IDNAError, UnicodeError):
        return ""


def _of_two_parts(name: str) -> str:
    parts = name.split(".")
    return name if len(parts) > 1 and parts[-1] and not parts[-1].isdigit() else ""
