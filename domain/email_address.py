"""E-mail addresses: their shape, and the form in which a mail server is given them.

The part after the @ is sent in ASCII (IDNA 2008, RFC 5891). The part before it can't be converted: letters beyond
ASCII there need a mail server that supports SMTPUTF8 (RFC 6531). Whether an address exists is for its server to say.
"""

import re
from dataclasses import dataclass, field

import idna

LONGEST, LONGEST_LOCAL = 254, 64
"""In octets: RFC 5321, 4.5.3.1, with the erratum for the whole."""

# What needs no conversion. RFC 1035, 2.3.1.
_PLAIN_LABEL = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# RFC 5322, 3.2.3; quoted local parts are in nobody's address book.
_ATOM_SIGNS = frozenset("!#$%&'*+-/=?^_`{|}~.")


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """`local` as it was typed, `domain` in ASCII."""

    local: str = field(repr=False)
    domain: str = field(repr=False)

    @property
    def needs_smtputf8(self) -> bool:
        return not self.local.isascii()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def parse(typed: str) -> EmailAddress | None:
    """None for what can't be an address. The time is proportional to the length, and bounded by LONGEST."""
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
    """Empty for what is no domain of at least two parts."""
    if all(map(_PLAIN_LABEL.fullmatch, domain.lower().split("."))):
        return _of_two_parts(domain.lower())
    try:
        return _of_two_parts(idna.encode(domain, uts46=True, std3_rules=True).decode())
    except (idna.IDNAError, UnicodeError):
        return ""


def _of_two_parts(name: str) -> str:
    parts = name.split(".")
    return name if len(parts) > 1 and parts[-1] and not parts[-1].isdigit() else ""
