"""The form in which the customer's pages keep their words: a table by stage, filled in per page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.full_stops import fill


class Tone(StrEnum):
    """The colour of a state; never without its icon and its word."""

    GOOD = "good"
    WAIT = "wait"
    STOP = "stop"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class StageTexts:
    """`state` is the badge's word. `title` and `lead` may hold {shop}, {amount} and what else a page fills in."""

    tone: Tone
    icon: str
    state: str
    title: str
    lead: str


def filled(words: StageTexts, **values: str) -> StageTexts:
    """With the page's own values in place of the names in braces."""
    return replace(words, title=fill(words.title, **values), lead=fill(words.lead, **values))
