"""The timeline of one recovery, for the dashboard and for operators. `build.timeline` builds it."""

from views.timeline.build import timeline, with_webhooks
from views.timeline.entries import Codes, EntryDetail, EntryKind, PendingStep, Timeline, TimelineEntry, TimelinePerson

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
