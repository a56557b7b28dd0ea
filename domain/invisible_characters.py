"""Invisible characters. A name that consists only of them is empty, and some of them reverse the text around them."""

_REMOVED = {
    "\u00ad",  # soft hyphen
    "\u200b",  # zero width space
    "\u2060",  # word joiner
    "\ufeff",  # byte order mark
    *"\u200e\u200f\u061c",  # directional marks
    *"\u202a\u202b\u202c\u202d\u202e",  # directional embeddings and overrides
    *"\u2066\u2067\u2068\u2069",  # directional isolates
}
"""Joiners and variation selectors are not included, because Persian, Indic scripts and emoji use them.

Source: Unicode Technical Report 36, https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""
_TABLE = dict.fromkeys(map(ord, _REMOVED))


def without_invisible(text: str) -> str:
    """Returns the text without characters that only hide or reorder text."""
    return text.translate(_TABLE)
