"""The timeline of one recovery, for the dashboard and for operators. `build.timeline` builds it."""

from views.timeline.entries import Codes, EntryDetail, EntryKind, PendingStep, Timeline, TimelineEntry, TimelinePerson
from views.timeline.whole_timeline import timeline, with_webhooks

__all__ = [
    "Codes",
    "EntryDetail",
    "EntryKind",
    "PendingStep",
    "Timeline",
    "TimelineEntry",
    "TimelinePerson",
    "timeline",
    "with_webhooks",
]
