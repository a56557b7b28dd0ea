"""Makes what a provider sent fit for Postgres, which takes neither NUL nor half a surrogate pair."""

import math
import re

LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def storable_text(text: str) -> str:
    """NUL is taken out, each lone surrogate becomes U+FFFD; everything else stays."""
    return LONE_SURROGATE.sub("\ufffd", text.replace("\x00", ""))


def storable_json(value: object) -> object:
    """The same for every text and name in parsed JSON. Raises ValueError for NaN and infinity: jsonb refuses them."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable_text(str(name)): storable_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that JSON does not know")
    return value
