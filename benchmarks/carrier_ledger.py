"""What the carrier took, as the sandbox's ledger has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.system_under_test import Ground


@dataclass(frozen=True, slots=True)
class Text:
    """One text handed over; `at` is in Unix seconds, by the ledger's clock, which is this machine's."""

    at: float
    shop: str
    customer: str
    body: str


def texts_since(ground: Ground, since: float, words: str) -> list[Text]:
    """The accepted ones that say `words`, in order."""
    found = []
    for entry in reversed(ground.ledger()):
        at = datetime.fromisoformat(entry["at"]).timestamp()
        # Entries stand in the order of their commits; a few milliseconds of disorder are possible.
        if at < since - 1:
            break
        if at >= since and _is_text(entry) and words in entry["params"].get("Body", ""):
            params = entry["params"]
            found.append(Text(at, params["From"], params["To"], params["Body"]))
    return found[::-1]


def _is_text(entry: dict[str, Any]) -> bool:
    return bool(
        entry["kind"] == "request"
        and entry["method"] == "POST"
        and entry["path"].endswith("/Messages.json")
        and int(entry["status"]) < 300
    )


def first_texts(ground: Ground, since: float, words: str, begun: Mapping[str, float]) -> dict[str, float]:
    """When each of these shops' first such text was handed over after the shop had begun, in Unix seconds."""
    found: dict[str, float] = {}
    for text in texts_since(ground, since, words):
        if text.shop in begun and text.at >= begun[text.shop]:
            found.setdefault(text.shop, text.at)
    return found
