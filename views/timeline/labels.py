"""Small things every part of a timeline says alike: names, amounts, links."""

from __future__ import annotations

import re
from collections.abc import Iterable

from domain.money import format_amount
from views.recovery_overview import Overview
from views.timeline.entries import EntryDetail, TimelinePerson

# Whoever has the link may pay or cancel: it is for the customer's eyes.
LINK_TOKEN = re.compile(r"(?<=/pay/)[\w-]+|(?<=/manage/)[\w-]+")


def about(said: str, who: TimelinePerson | None, *, actor: str = "Staff") -> str:
    """The headline with the customer's name in it, and that of whoever acted."""
    return said.format(who=who.name if who and who.name else "The customer", actor=actor)


def name_of_actor(actor: str, staff: str | None) -> str:
    """ "Ana (staff)"; "Staff" where nobody knows the name, "The system" where nobody acted."""
    if staff:
        return f"{staff} (staff)"
    return "The system" if actor == "system" else "Staff"


def amount(recovery: Overview, cents: int, currency: str) -> str:
    """As the shop writes it: "£20"."""
    return format_amount(cents, currency, recovery.locale)


def without_links(body: str) -> str:
    """The text without the secret part of the links in it."""
    return LINK_TOKEN.sub("…", body)


def details(pairs: Iterable[EntryDetail]) -> tuple[EntryDetail, ...]:
    """Those that say something."""
    return tuple(detail for detail in pairs if detail.value)
