"""Characters that cannot be seen: a typed name with only these is empty, and some reverse the text beside it."""

_REMOVED = {
    "\u00ad",  # soft hyphen
    "\u200b",  # zero width space
    "\u2060",  # word joiner
    "\ufeff",  # byte order mark
    *"\u200e\u200f\u061c",  # marks of direction
    *"\u202a\u202b\u202c\u202d\u202e",  # embeddings and overrides of direction
    *"\u2066\u2067\u2068\u2069",  # isolates of direction
}
"""Joiners and variation selectors are not among them: Persian, Indic scripts and emoji need them.

Source: Unicode Technical Report 36, https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""
_TABLE = dict.fromkeys(map(ord, _REMOVED))


def without_invisible(text: str) -> str:
    """The text without characters that only hide or reorder what is there."""
    return text.translate(_TABLE)
