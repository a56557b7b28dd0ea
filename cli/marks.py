"""The symbol and colour of each kind of timeline entry and of each stage."""

from collections.abc import Mapping
from enum import StrEnum

# The symbols, by views.timeline.Kind and domain.state.Stage. The output always contains the word too, so it can be
# read without colour.
GOOD, BAD, WAITS, PLAIN = "green", "red", "yellow", "cyan"
MARKS: Mapping[str, tuple[str, str]] = {
    "cancelled": ("✗", BAD),
    "opened": ("○", PLAIN),
    "asked": ("?", PLAIN),
    "text": ("✉", PLAIN),
    "reply": ("←", PLAIN),
    "ran out": ("…", WAITS),
    "said no": ("✗", BAD),
    "opted out": ("⊘", BAD),
    "unreachable": ("⚠", BAD),
    "said yes": ("✓", GOOD),
    "payment link": ("→", PLAIN),
    "card declined": ("✗", BAD),
    "not paid": ("…", WAITS),
    "released": ("○", WAITS),
    "paid": ("¤", GOOD),
    "deposit kept": ("¤", PLAIN),
    "refunded": ("¤", WAITS),
    "recovered": ("★", GOOD),
    "closed": ("■", BAD),
    "not reopened": ("■", BAD),
    "waiting": ("…", WAITS),
    "by hand": ("✎", PLAIN),
    "offer ended": ("✎", PLAIN),
    "disputed": ("⚠", BAD),
    "needs a human": ("⚠", BAD),
    "webhook": ("·", PLAIN),
    "note": ("·", PLAIN),
    "Looking": ("○", WAITS),
    "Offering": ("?", WAITS),
    "Holding": ("…", WAITS),
    "Recovered": ("★", GOOD),
    "Closed": ("■", BAD),
}


def mark(kind: StrEnum) -> tuple[str, str]:
    """Returns the symbol and its colour."""
    return MARKS[kind.value]
