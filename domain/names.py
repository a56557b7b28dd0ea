"""Names that others typed, made fit for a text: one line, short, without links or invisible marks."""

import re
import unicodedata

LONGEST_NAME = 40
LONGEST_ADDRESS = 80

_LINK = re.compile(
    r"\S*://\S*|\bwww\.\S*|\S+@\S+"
    r"|\S+\.(?:com|net|org|info|biz|io|co|me|ly|app|link|shop|xyz|site|online|top|click|uk|de|fr|es|eu|us|ru|cn|gl|gd|to"
    r"|cc|tk|ws)(?![^\W_])\S*",
    re.IGNORECASE,
)
# What is left of "evil.zip/x": a phone makes no link of it once there is a space after the point.
_POINT_INSIDE = re.compile(r"\.(?=[^\W_])")


def plain_name(name: str, *, longest: int = LONGEST_NAME) -> str:
    """The name without control characters, links and addresses, cut to `longest` characters; may come out empty."""
    text = unicodedata.normalize("NFKC", name[: 10 * longest])
    # Marks without width (Cf) go, other controls, surrogates and line ends become a space.
    text = "".join("" if c in "Cf" else " " if c[0] == "C" or c in {"Zl", "Zp"} else t for t, c in _categories(text))
    text = _POINT_INSIDE.sub(". ", _LINK.sub(" ", text))
    return " ".join(text.split())[:longest].strip()


def _categories(text: str) -> list[tuple[str, str]]:
    return [(character, unicodedata.category(character)) for character in text]
