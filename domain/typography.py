"""The typography of texts on pages and in e-mails.

Texts by SMS keep plain spaces, because the GSM alphabet has no no-break space.
"""

import re

_BEFORE_A_MARK = re.compile(" (?=[:;?!])")


def typeset(text: str, language: str) -> str:
    """Replaces the space before a French punctuation mark with a no-break space. Other languages are unchanged."""
    return _BEFORE_A_MARK.sub("\u00a0", text) if language == "fr" else text
