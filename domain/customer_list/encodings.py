"""Decodes the text of a list from UTF-8, UTF-16, Windows-1252, Windows-1250 or Mac Roman."""

import re
from dataclasses import dataclass

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Recognises UTF-8 that was decoded as Windows-1252, in which "é" appears as "Ã©".
_TWICE_ENCODED = re.compile("[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
# Within a word, these bytes are letters in Mac Roman (8E is "é") but symbols in Windows-1252. The apostrophe of
# Windows-1252 (92) is excluded.
_MAC_LETTER = re.compile(rb"[A-Za-z][\x80-\x90\x96-\x9f][a-z]|[A-Za-z][\x8e\x8f\x9f](?=[,;\t\r\n \"])")
# These bytes are Central European letters in Windows-1250 but symbols in Windows-1252, as in "£ukasz", "Micha³ek".
_CENTRAL_LETTER = re.compile(rb"[\xa3\xa5\xaf][a-z]|[A-Za-z][\xb3\xb9\xbf][a-z]")
_WINDOWS_LETTER = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][a-z]")

MIXED = "The file mixes two encodings. In a spreadsheet, save it as “CSV UTF-8”."
NOT_TEXT = "The file is not text. Save the list as “CSV UTF-8” or as an Excel workbook (.xlsx)."
ASSUMED = "The file is not Unicode and was read as {}. Check names with accents, or save the file as “CSV UTF-8”."


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text. `problem` is empty if the text could be decoded. `note` states an encoding that was assumed."""

    text: str
    problem: str = ""
    note: str = ""


def decoded(data: bytes) -> Decoded:
    """Decodes the bytes, and removes a byte order mark."""
    for encoding in _encodings(data):
        try:
            # Two joined files can contain a second byte order mark. Old programs add NUL or Ctrl-Z at the end.
            return Decoded(data.decode(encoding).lstrip("\ufeff").rstrip("\0\x1a"))
        except UnicodeDecodeError:
            continue
    return _of_one_byte(data)


def _encodings(data: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return (encoding,)
    # In Latin text encoded as UTF-16, every other byte is zero.
    head = data[:2000]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = head[start::2]
        if len(half) > 3 and half.count(0) > len(half) * 0.6 and head.count(0) < len(head) * 0.6:
            return (encoding,)
    return ("utf-8",)


def _of_one_byte(data: bytes) -> Decoded:
    name, encoding = "Windows-1252", "cp1252"
    if _CENTRAL_LETTER.search(data):
        name, encoding = "Windows-1250", "cp1250"
    elif len(_MAC_LETTER.findall(data)) > len(_WINDOWS_LETTER.findall(data)):
        name, encoding = "Mac Roman", "mac_roman"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return Decoded("", problem=NOT_TEXT)
    if _TWICE_ENCODED.search(text):
        return Decoded("", problem=MIXED)
    return Decoded(text.rstrip("\0\x1a"), note=ASSUMED.format(name))
