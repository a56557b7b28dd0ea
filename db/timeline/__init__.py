"""The timeline of one recovery, for the dashboard and for operators: `timeline(session, slot_opening_id, ...)`."""

from db.timeline.entries import Codes, Detail, Entry, Kind, Person, Timeline, Waiting
from db.timeline.telling import timeline, with_webhooks

__all__ = ["Codes", "Detail", "Entry", "Kind", "Person", "Timeline", "Waiting", "timeline", "with_webhooks"]
