"""The texts of a customer page for one stage of a payment or booking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.catalogues import translate


class Tone(StrEnum):
    """The colour of a status badge. The badge always has an icon and a label as well."""

    GOOD = "good"
    WAIT = "wait"
    STOP = "stop"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class StageTexts:
    """`state` is the badge's label. All texts are messages of the catalogue; they may contain names in braces."""

    tone: Tone
    icon: str
    state: str
    title: str
    lead: str


def filled(texts: StageTexts, **values: str) -> StageTexts:
    """Returns the texts in the current language, with the page's values replacing the names in braces."""
    return replace(
        texts,
        state=translate(texts.state),
        title=translate(texts.title, **values),
        lead=translate(texts.lead, **values),
    )
