"""Counts the SMS segments of a text, as carriers bill them.

GSM 03.38 has 128 characters of one unit and nine characters of two units. A text with any other character is encoded
as UCS-2.
https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

from dataclasses import dataclass
from enum import Enum

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


class Encoding(Enum):
    GSM_7 = "GSM-7"
    UCS_2 = "UCS-2"


# The units in a text of one segment, and in each segment of a longer text. A header uses the remaining units.
ALONE = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
IN_PARTS = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}


@dataclass(frozen=True)
class Segments:
    encoding: Encoding
    units: int
    segments: int


def count(text: str) -> Segments:
    """Counts segments and units, which are septets (GSM-7) or UTF-16 code units (UCS-2).

    An empty text has no segments.
    """
    if GSM_BASIC.union(GSM_EXTENSION).issuperset(text):
        encoding, widths = Encoding.GSM_7, [2 if c in GSM_EXTENSION else 1 for c in text]
    else:
        encoding, widths = Encoding.UCS_2, [2 if ord(c) > 0xFFFF else 1 for c in text]
    units = sum(widths)
    if units <= ALONE[encoding]:
        return Segments(encoding, units, min(units, 1))
    return Segments(encoding, units, _parts(widths, IN_PARTS[encoding]))


def _parts(widths: list[int], size: int) -> int:
    """Counts segments of `size` units. A character of two units is never split, but moves to the next segment."""
    parts, room = 1, size
    for width in widths:
        if width > room:
            parts, room = parts + 1, size
        room -= width
    return parts
