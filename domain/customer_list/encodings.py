"""The text of a list, whatever program wrote it: Unicode with or without its mark, else Windows' or the Mac's own."""

import re
from dataclasses import dataclass

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# UTF-8 that was read as Windows-1252: "é" as "Ã©".
_TWICE_ENCODED = re.compile("[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
# Within a word these bytes are letters on an old Mac (é is 8E) and signs on Windows; its apostrophe (92) is left out.
_MAC_LETTER = re.compile(rb"[A-Za-z][\x80-\x90\x96-\x9f][a-z]|[A-Za-z][\x8e\x8f\x9f](?=[,;\t\r\n \"])")
# Letters of Polish and its neighbours where Western Windows has signs: "£ukasz", "Micha³ek".
_CENTRAL_LETTER = re.compile(rb"[\xa3\xa5\xaf][a-z]|[A-Za-z][\xb3\xb9\xbf][a-z]")
_WINDOWS_LETTER = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][a-z]")

MIXED = "The file mixes two encodings. In a spreadsheet, save it as “CSV UTF-8”."
NOT_TEXT = "The file is no text. Save the list as “CSV UTF-8” or as an Excel workbook (.xlsx)."
ASSUMED = "The file is not Unicode and was read as {}. Check names with accents; “CSV UTF-8” avoids doubt."


@dataclass(frozen=True, slots=True)
class Decoded:
    """`problem` is empty when `text` could be read; `note` says what was assumed, if anything was."""

    text: str
    problem: str = ""
    note: str = ""


def decoded(data: bytes) -> Decoded:
    """The text, without the mark at its beginning."""
    for encoding in _encodings(data):
        try:
            # A second mark is left by programs that put files together, the others by old ones at the end.
            return Decoded(data.decode(encoding).lstrip("\ufeff").rstrip("\0\x1a"))
        except UnicodeDecodeError:
            continue
    return _of_one_byte(data)


def _encodings(data: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return (encoding,)
    # Text in Latin letters has every other byte empty in UTF-16.
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
