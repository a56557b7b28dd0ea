"""Formats names, amounts and links for all parts of the timeline."""

import re
from collections.abc import Iterable

from db.access import api_keys
from db.appointments import appointments
from domain.money import format_amount
from views.recovery_overview import Overview
from views.timeline.entries import EntryDetail, TimelinePerson

# Anyone with one of these links can pay, cancel, reply or leave the list, so staff must not see the tokens.
LINK_TOKEN = re.compile(r"(?:(?<=/pay/)|(?<=/manage/)|(?<=/offer/)|(?<=/waitlist/))[\w-]+")


ACTORS = {
    "system": "The system",
    "api": "The booking system",
    "calendar": "The connected calendar",
    "clean-up": "The system",
    "clock": "The system",
    "customer": "The customer",
    "operator": "The operator",
}


def about(headline: str, who: TimelinePerson | None, *, actor: str = "Staff") -> str:
    """Returns the headline with the names of the customer and the actor filled in."""
    return headline.format(who=who.name if who and who.name else "The customer", actor=actor)


def name_of_actor(actor: str, staff: str | None) -> str:
    """Returns "Ana (staff)", "API key Booking system", "The system", or "Staff" if the member's name is unknown."""
    if staff:
        return f"{staff} (staff)"
    return api_keys.name_of(actor) or ACTORS.get(actor, "Staff")


UNNAMED = (appointments.BY_WHOM["staff"], "A staff member")


def by_name(reason: str, staff: str | None) -> str:
    """Returns the reason of an audit entry with "a staff member" replaced by the member's name."""
    for words in UNNAMED if staff else ():
        reason = reason.replace(words, f"{staff} (staff)")
    return reason


def amount(recovery: Overview, cents: int, currency: str) -> str:
    """Formats the amount in the shop's locale, such as "£20"."""
    return format_amount(cents, currency, recovery.locale)


def without_links(body: str) -> str:
    """Returns the text with each secret token in a link replaced by "…"."""
    return LINK_TOKEN.sub("…", body)


def details(pairs: Iterable[EntryDetail]) -> tuple[EntryDetail, ...]:
    """Returns the details that have a value."""
    return tuple(detail for detail in pairs if detail.value)
