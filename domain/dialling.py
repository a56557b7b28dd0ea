"""Spellings of international numbers: trunk prefixes that people keep, and lines that are written in two ways.

The SQL functions `e164` and `phone_line` apply the same rules; a property test compares them. The codes come from the
metadata of the library phonenumbers; a test compares those too.
"""

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")

# Calling codes of the plans whose trunk prefix is 0 and whose numbers don't begin with 0: "+44 (0)7700" is +447700.
# Poland and Chile have given theirs up, and people still write it.
TRUNK_ZERO = (
    "20 27 31 32 33 40 41 43 44 46 48 49 51 53 54 55 56 57 58 60 61 62 63 64 66 81 82 84 86 90 91 92 93 94 95 98 211 212 "
    "213 218 231 232 233 234 243 249 250 251 252 254 255 256 260 261 262 263 264 265 291 353 355 358 359 370 373 374 377 "
    "380 381 382 383 385 386 387 389 421 423 508 590 591 593 594 595 596 598 686 850 855 856 880 886 961 962 963 964 966 "
    "967 970 971 972 976 977 994 995 996"
).split()
# Calling codes whose numbers may begin with 0, as in Italy: it belongs to the number.
LEADING_ZERO = "39 225 226 227 229 241 242 247 378 800 881 888 992".split()

# Of one to three digits (ITU-T E.164).
_CALLING_CODE = (
    "1|7|2(?:[07]|[1-689][0-9])|3(?:[0-469]|[578][0-9])|4(?:[013-9]|2[0-9])|5(?:[1-8]|[09][0-9])|6(?:[0-6]|[7-9][0-9])"
    "|8(?:[1246]|[035789][0-9])|9(?:[0-58]|[679][0-9])"
)

# The first pattern that matches the whole number decides; no replacement: it is no number. The lengths make sure that
# what is taken away is a prefix and not a part of the number.
_TRUNK_PREFIXES: tuple[tuple[str, str | None], ...] = (
    (r"\+11([2-9][0-9]{9})", r"+1\1"),
    (r"\+78([0-9]{10})", r"+7\1"),
    (r"\+3606([1-9][0-9]{7,8})", r"+36\1"),
    (r"\+3708([0-9]{8})", r"+370\1"),
    (r"\+37580?([0-9]{9})", r"+375\1"),
    (r"\+9938([0-9]{8})", r"+993\1"),
    (r"\+52(?:01|044|045)([0-9]{10})", r"+52\1"),
    # A carrier's two digits follow the zero.
    (r"\+550[1-9][0-9]([1-9][0-9]{9,10})", r"+55\1"),
    # An area code, 15 for a mobile phone, a number: ten digits without the 15, and no telling where it stands.
    (r"\+540?[1-8][0-9]{11}", None),
    (rf"\+({'|'.join(TRUNK_ZERO)})0([1-9][0-9]+)", r"+\1\2"),
    (rf"\+(?:{'|'.join(LEADING_ZERO)})0[0-9]+", r"\g<0>"),
    (rf"\+(?:{_CALLING_CODE})0[0-9]*", None),
)
_TRUNK = tuple((re.compile(pattern), replacement) for pattern, replacement in _TRUNK_PREFIXES)

# Of two spellings of one line, the one it is known by. WhatsApp writes Brazilian mobile numbers without the ninth
# digit, Mexican ones with the 1 and Argentine ones with the 9 of mobile phones; Benin has put 01 before all numbers.
_LINE_SPELLINGS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\+55([1-9][0-9])([6-9][0-9]{7})", r"+55\g<1>9\2"),
        (r"\+521([1-9][0-9]{9})", r"+52\1"),
        (r"\+549([1-9][0-9]{9})", r"+54\1"),
        (r"\+229([2-9][0-9]{7})", r"+22901\1"),
    )
)


def without_trunk_prefix(number: str) -> str | None:
    """A number with "+" and digits in E.164 shape, its trunk prefix removed; None where that can't be done for sure."""
    for pattern, replacement in _TRUNK:
        if match := pattern.fullmatch(number):
            number = match.expand(replacement) if replacement else ""
            break
    return number if _E164.fullmatch(number) else None


def line_of(number: str) -> str:
    """The key of the line that an E.164 number reaches: the same for each of its spellings."""
    for pattern, replacement in _LINE_SPELLINGS:
        if match := pattern.fullmatch(number):
            return match.expand(replacement)
    return number
