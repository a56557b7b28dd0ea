"""Handles alternative forms of international numbers: superfluous trunk prefixes, and lines with two numbers.

The SQL functions `e164` and `phone_line` apply the same rules; a property test compares them. The calling codes come
from the metadata of the phonenumbers library; another test compares the codes.
"""

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")

TRUNK_ZERO = (
    "20|27|31|32|33|40|41|43|44|46|48|49|51|53|54|55|56|57|58|60|61|62|63|64|66|81|82|84|86|90|91|92|93|94|95|98|211|212"
    "|213|218|231|232|233|234|243|249|250|251|252|254|255|256|260|261|262|263|264|265|291|353|355|358|359|370|373|374"
    "|377|380|381|382|383|385|386|387|389|421|423|508|590|591|593|594|595|596|598|686|850|855|856|880|886|961|962|963"
    "|964|966|967|970|971|972|976|977|994|995|996"
)
"""Calling codes of plans with the trunk prefix 0 whose numbers don't begin with 0: "+44 (0)7700" means +447700.

Includes Poland and Chile, where the prefix was abolished but is still written.
"""
LEADING_ZERO = (
    "390[1-9][0-9]{4,9}|2250[1-9][0-9]{8}|2260[0-9]{7}|2270[0-9]{7}|22901[0-9]{8}|2410[1-9][0-9]{6}|2420[1-9][0-9]{7}"
    "|3780549[0-9]{6}|9920[0-9]{8}"
)
"""Patterns of numbers in which a 0 after the calling code is part of the number, as in Italy."""
_CALLING_CODE = (
    "1|7|2(?:[07]|[1-689][0-9])|3(?:[0-469]|[578][0-9])|4(?:[013-9]|2[0-9])|5(?:[1-8]|[09][0-9])|6(?:[0-6]|[7-9][0-9])"
    "|8(?:[1246]|[035789][0-9])|9(?:[0-58]|[679][0-9])"
)
"""Calling codes have one to three digits, and none is a prefix of another one (ITU-T E.164)."""

# The patterns are applied in this order, each to the whole number. Their lengths ensure that only a prefix is
# removed. An ambiguous number is replaced by an empty string.
_TRUNK_PREFIXES = (
    (r"\+11([2-9][0-9]{9})", r"+1\1"),
    (r"\+78([0-9]{10})", r"+7\1"),
    (r"\+3606([1-9][0-9]{7,8})", r"+36\1"),
    (r"\+3708([0-9]{8})", r"+370\1"),
    (r"\+37580?([0-9]{9})", r"+375\1"),
    (r"\+9938([0-9]{8})", r"+993\1"),
    (r"\+6921([0-9]{7})", r"+692\1"),
    (r"\+52(?:01|044|045)([0-9]{10})", r"+52\1"),
    # The zero is followed by the two-digit code of a carrier.
    (r"\+550[1-9][0-9]([1-9][0-9]{9,10})", r"+55\1"),
    # A mobile number with 15 between the area code and the subscriber number. The position of the 15 is unknown.
    (r"\+540?[1-8][0-9]{11}", ""),
    (rf"\+({TRUNK_ZERO})0([1-9][0-9]*)", r"+\1\2"),
    (rf"\+(?!(?:{LEADING_ZERO})$)(?:{_CALLING_CODE})0[0-9]*", ""),
)
# Replaces alternative forms of a number. WhatsApp writes Brazilian mobile numbers without the ninth digit, and
# Mexican and Argentine mobile numbers with an additional 1 or 9. Benin has added 01 to all numbers.
_LINE_SPELLINGS = (
    (r"\+55([1-9][0-9])([6-9][0-9]{7})", r"+55\g<1>9\2"),
    (r"\+521([1-9][0-9]{9})", r"+52\1"),
    (r"\+549([1-9][0-9]{9})", r"+54\1"),
    (r"\+229([2-9][0-9]{7})", r"+22901\1"),
)


def _compiled(rules: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"^{pattern}\Z"), replacement) for pattern, replacement in rules)


_PREFIXES, _SPELLINGS = _compiled(_TRUNK_PREFIXES), _compiled(_LINE_SPELLINGS)


def without_trunk_prefix(number: str) -> str | None:
    """Removes the trunk prefix of a number ("+" and digits). Returns E.164, or None if the number is ambiguous."""
    for pattern, replacement in _PREFIXES:
        number = pattern.sub(replacement, number)
    return number if _E164.fullmatch(number) else None


def line_of(number: str) -> str:
    """Returns the key of the phone line of an E.164 number. The key is the same for all forms of the number."""
    for pattern, replacement in _SPELLINGS:
        number = pattern.sub(replacement, number)
    return number
