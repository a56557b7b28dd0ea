"""Reduces a typed or pasted phone number to its digits and its plus sign, if it has one.

Removes separators and invisible characters. Refuses letters, extensions and second numbers instead of removing them.
"""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusedNumber:
    """The reason why a phone number is refused, as a sentence for the person who typed it."""

    reason: str


LONGEST, FEWEST_BEHIND_A_SLASH = 100, 5

EMPTY = RefusedNumber("There is no phone number.")
LETTERS = RefusedNumber("It contains letters. Use only a phone number.")
EXTENSION = RefusedNumber("A number with an extension can't get texts.")
SHORTENED = RefusedNumber("A spreadsheet has rounded the number: format the column as text and export it again.")
UNREADABLE = RefusedNumber("It can't be read as one phone number.")

_WRAPPED = re.compile(r"""=?"([^"]*)"|'+([^']*)'?""")
# The schemes of RFC 3966 and of Twilio's channel addresses.
_SCHEME = re.compile(r"(?:tel|sms|whatsapp):(?://)?", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\+?[0-9]{1,40}(?:[.,][0-9]{1,40})?e\+?[0-9]{1,9}", re.IGNORECASE)
_EXTENSION = re.compile(r"[0-9][\s.,;(]*(?:;?ext|x|#|durchwahl|poste)[\s.:=]*[0-9]+\)?", re.IGNORECASE)
_DECIMAL = re.compile(r"(\+?[0-9]{7,40})[.,]([0-9]{0,2})|(\+?[0-9]{10,40})[.,]([0-9]{0,40})")
_SEPARATORS = re.compile(r"[ .()\[\]/-]")
_DIGITS = re.compile(r"\+?[0-9]+")

_BY_CATEGORY = {"Cf": "", "Zs": " ", "Zl": " ", "Zp": " ", "Pd": "-"}
_BY_SIGN = {"\t": " ", "\n": " ", "\r": " ", "\f": " ", "\v": " ", "−": "-", "·": ".", "•": "."}
_FULL_WIDTH = {"＋": "+", "（": "(", "）": ")", "．": ".", "／": "/"}


def digits_of(raw: str) -> str | RefusedNumber:
    """Returns the ASCII digits of `raw` with its plus sign, or the reason why `raw` is not one number."""
    text = _plain(raw[:LONGEST])
    checks = (
        (len(raw) > LONGEST, UNREADABLE),
        (not text, EMPTY),
        (bool(_SCIENTIFIC.fullmatch(text)), SHORTENED),
        (bool(_EXTENSION.search(text)), EXTENSION),
        (any(sign.isalpha() for sign in text), LETTERS),
    )
    if refused := next((refusal for wrong, refusal in checks if wrong), None):
        return refused
    if decimal := _DECIMAL.fullmatch(text.replace(" ", "")):
        return decimal[1] or decimal[3] if not (decimal[2] or decimal[4] or "").strip("0") else UNREADABLE
    digits = _SEPARATORS.sub("", text)
    return digits if _DIGITS.fullmatch(digits) and not _are_two(text) else UNREADABLE


def _are_two(text: str) -> bool:
    """Whether a slash separates two numbers ("07700 900111/112") and does not follow an area code ("7700/900135")."""
    _, slash, rest = text.partition("/")
    return bool(slash) and ("/" in rest or sum(sign.isdigit() for sign in rest) < FEWEST_BEHIND_A_SLASH)


def _plain(raw: str) -> str:
    """Converts the text to ASCII as far as possible, and removes quotes and schemes that programs add to numbers."""
    text = "".join(map(_sign, raw)).strip()
    if wrapped := _WRAPPED.fullmatch(text):
        text = (wrapped[1] or wrapped[2] or "").strip()
    return _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text


def _sign(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    return _BY_SIGN.get(sign) or _FULL_WIDTH.get(sign) or _BY_CATEGORY.get(unicodedata.category(sign), sign)
