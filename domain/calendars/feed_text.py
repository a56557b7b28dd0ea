"""Finds phone numbers, cancellations and appointment ids in the text of calendars that have no fields for them."""

import re

_LABELLED = re.compile(
    r"(?:phone|tel(?:ephone)?|mobile|cell)\b[^\d+\n]{0,12}(\+?\d[\d ().\-]{6,20}\d)", re.IGNORECASE
)
_INTERNATIONAL = re.compile(r"(?<![\w+])\+\d[\d ().\-]{6,20}\d")
_BRACKETED_ID = re.compile(r"\[([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\]")
_CANCELLED = re.compile(
    r"^(?:cancell?ed|abgesagt|annul[ée]e?|cancelad[oa]|annullat[oa]|geannuleerd|inställ[td]|aflyst|avlyst|peruutettu"
    r"|odwołan[eoay])\s*:",
    re.IGNORECASE,
)


def phone_in(text: str) -> str | None:
    """Returns the first number after a label such as "Phone:", otherwise the first number with a country code."""
    found = _LABELLED.search(text[:4000])
    if found:
        return found[1]
    plain = _INTERNATIONAL.search(text[:4000])
    return plain[0] if plain else None


def says_cancelled(summary: str) -> bool:
    """Whether the text marks the event as cancelled.

    Outlook writes "Canceled:" before the subject, in the language of the calendar's owner.
    """
    return _CANCELLED.match(summary.strip()) is not None


def bracketed_id(text: str) -> str | None:
    """Returns the last UUID in brackets, or None. Ignores other text in brackets, which the shop may have added."""
    found = _BRACKETED_ID.findall(text)
    return str(found[-1]) if found else None
