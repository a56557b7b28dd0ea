"""E.164 phone numbers: their format, masking for logs, and the US states that restrict texts to them.

Like the database, this module checks only the format. `domain.phones.parsing` parses typed numbers. Neither checks
whether a number can be reached.
"""

import re

from domain.phones.dialling import without_trunk_prefix

_SPACE = re.compile(r"[ \t\n\r\f\v]")
_PUNCTUATION = re.compile(r"[ \t\n\r\f\v().\-]")
# Matches a number to which a spreadsheet has added decimals, such as "+447700900113.0".
_DECIMAL = re.compile(r"\+(?:[0-9]{7,}\.[0-9]{0,2}|[0-9]{10,}\.[0-9]*)")

# Country calling codes with one or two digits (ITU-T E.164). All other codes have three digits.
_SHORT_CODES = re.compile("1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")

# The area codes of the states in quiet_hours.py. Source: https://www.nanpa.com/numbering/area-codes
_AREA_CODES = {
    "CT": "203 475 860 959",
    "FL": "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954",
    "MA": "339 351 413 508 617 774 781 857 978",
    "MD": "227 240 301 410 443 667",
    "OK": "405 539 572 580 918",
    "TX": "210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 915 936 940 945 "
    "956 972 979",
    "WA": "206 253 360 425 509 564",
}
STATE_OF_AREA_CODE = {code: state for state, codes in _AREA_CODES.items() for code in codes.split()}


def normalise(raw: str | None) -> str | None:
    """Returns the number in E.164 format, or None. The SQL function `e164` returns the same result."""
    if raw is None or _DECIMAL.fullmatch(_SPACE.sub("", raw)):
        return None
    return without_trunk_prefix(_PUNCTUATION.sub("", raw))


def mask(phone: str | None) -> str:
    """Masks the number for logs and lists, except for the calling code and the last digits ("+44••••••0012").

    Shows at most four of the last digits, and masks at least four digits.
    """
    number = normalise(phone)
    if number is None:
        return "••••"
    country = calling_code(number)
    national = number[1 + len(country) :]
    shown = max(0, min(4, len(national) - 4))
    return f"+{country}{'•' * (len(national) - shown)}{national[len(national) - shown :]}"


def us_state(phone: str | None) -> str | None:
    """Returns the code ("TX") of a +1 number's US state if that state restricts the hours of texts, or None."""
    number = normalise(phone)
    if number is None or len(number) != 12 or not number.startswith("+1"):
        return None
    return STATE_OF_AREA_CODE.get(number[2:5])


def calling_code(number: str) -> str:
    """Returns the country calling code of a number that begins with "+"."""
    short = _SHORT_CODES.match(number, 1)
    return short[0] if short else number[1:4]
