"""Makes a provider's text storable in Postgres, which rejects NUL and lone surrogates."""

import math
import re

LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def storable_text(text: str) -> str:
    """Removes NUL and replaces each lone surrogate with U+FFFD."""
    return LONE_SURROGATE.sub("\ufffd", text.replace("\x00", ""))


def storable_json(value: object) -> object:
    """Applies `storable_text` to parsed JSON. Raises ValueError for NaN and infinity, which jsonb rejects."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable_text(str(name)): storable_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("NaN or infinity in JSON")
    return value
