"""Reads the accepted texts from the sandbox's ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.system_under_test import SystemUnderTest


@dataclass(frozen=True, slots=True)
class Text:
    """An accepted text; `at` is in Unix seconds, according to this machine's clock."""

    at: float
    shop: str
    customer: str
    body: str


def texts_since(system: SystemUnderTest, since: float, words: str) -> list[Text]:
    """Returns the texts that contain `words` and were accepted after this time, in order."""
    found = []
    for entry in reversed(system.ledger()):
        at = datetime.fromisoformat(entry["at"]).timestamp()
        # Entries are in commit order, so their times may be out of order by milliseconds.
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


def first_texts(system: SystemUnderTest, since: float, words: str, begun: Mapping[str, float]) -> dict[str, float]:
    """Returns, for each shop in `begun`, the time at which its first text with `words` was accepted.

    Ignores texts that were accepted before the shop's time in `begun`.
    """
    found: dict[str, float] = {}
    for text in texts_since(system, since, words):
        if text.shop in begun and text.at >= begun[text.shop]:
            found.setdefault(text.shop, text.at)
    return found
