"""The texts of a customer page for one stage of an offer, a payment or a booking."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dashboard.catalogues import translate


class Tone(StrEnum):
    """The colour of a status badge. The badge also has an icon and a label."""

    GOOD = "good"
    WAIT = "wait"
    STOP = "stop"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class StageTexts:
    """All texts are catalogue messages and may contain placeholders in braces. `state` is the badge's label."""

    tone: Tone
    icon: str
    state: str
    title: str
    lead: str


def filled(texts: StageTexts, **values: str) -> StageTexts:
    """Returns the texts in the current language, with `values` replacing the placeholders."""
    return replace(
        texts,
        state=translate(texts.state),
        title=translate(texts.title, **values),
        lead=translate(texts.lead, **values),
    )
