"""Makes typed names and addresses safe for texts: short, on one line, and without links or invisible characters."""

import re
import unicodedata

import idna

from domain.top_level_domains import TOP_LEVEL_DOMAINS

LONGEST_NAME = 40
LONGEST_ADDRESS = 80

_OF_MOST_LINKS = (
    "com net org info biz io co me ly app link shop xyz site online top click"
    " uk de fr es eu us ru cn gl gd to cc tk ws example"
)
# A word with any other top-level domain may be a name without a space ("Dr.Fox").
_SURE = frozenset(_OF_MOST_LINKS.split())

_JOINERS = frozenset("\u200c\u200d")
"""Joiners change the shape of letters in Persian and Indic scripts."""

_LABELS = re.compile(r"[\w.\-]+")
_SHORT = 2


def plain_name(name: str, *, longest: int = LONGEST_NAME) -> str:
    """Returns the name without control characters and links, cut to `longest` characters. The result may be empty.

    Removes words that a phone would show as links. If such a word may be a name, inserts spaces after its dots
    instead. All other text stays as typed ("221½ Baker Street", "Unit 1.02", "A.Brown", "№ 5"). Runs in linear time.
    """
    text = unicodedata.normalize("NFC", name[: 10 * longest])
    words = (_without_link(word) for word in _visible(text).split())
    return " ".join(" ".join(words).split())[:longest].strip()


def _visible(text: str) -> str:
    """Removes characters without width (Cf), and replaces other controls, surrogates and line ends with spaces."""
    shown = []
    for place, character in enumerate(text):
        category = unicodedata.category(character)
        if category == "Cf":
            shown.append(character if character in _JOINERS and _is_joined(text, place) else "")
        else:
            shown.append(" " if category[0] == "C" or category in {"Zl", "Zp"} else character)
    return "".join(shown)


def _is_joined(text: str, place: int) -> bool:
    return all(
        not one.isascii() and one.isprintable() for one in (text[place - 1 : place], text[place + 1 : place + 2])
    )


def _without_link(word: str) -> str:
    """Removes the word, or separates its parts, if phones would show it as a link, even in full-width characters."""
    folded = unicodedata.normalize("NFKC", word).replace("\u3002", ".")
    if _is_web_or_mail_address(folded):
        return ""
    host = next((found for found in _LABELS.finditer(folded) if _is_host(_labels(found[0]))), None)
    if host is None:
        return word
    if _has_path(folded, host.end()) or not _may_be_a_name(_labels(host[0])):
        return ""
    return (word if "." in word else folded).replace(".", ". ")


def _is_web_or_mail_address(word: str) -> bool:
    if "://" in word or word.lower().lstrip("([\"'<").startswith("www."):
        return True
    return "@" in word.strip("@") and "." in word.rpartition("@")[2].strip(".")


def _labels(host: str) -> list[str]:
    return host.strip(".-").split(".")


def _is_host(labels: list[str]) -> bool:
    return len(labels) > 1 and (_is_top_level(labels[-1]) or _is_ip_address(labels))


def _has_path(word: str, end: int) -> bool:
    return word[end : end + 1] in {"/", "?", "#", ":"} and end + 1 < len(word)


def _may_be_a_name(labels: list[str]) -> bool:
    """Whether the labels may belong to a name, as in "J.De Boer" or "Dr.Fox", and not to a host like "evil.de"."""
    if labels[-1].lower() not in _SURE:
        return True
    return labels[-1].istitle() or all(len(label) <= _SHORT for label in labels)


def _is_ip_address(labels: list[str]) -> bool:
    return len(labels) == 4 and all(label.isdecimal() and len(label) <= 3 for label in labels)


def _is_top_level(label: str) -> bool:
    if label.isascii():
        return label.lower() in TOP_LEVEL_DOMAINS
    try:
        return idna.encode(label, uts46=True).decode() in TOP_LEVEL_DOMAINS
    except (idna.IDNAError, UnicodeError):
        return False
