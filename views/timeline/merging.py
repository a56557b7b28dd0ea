"""Merges the entries that belong to one thing that happened: a decision, its text, and that text's delivery.

The pages and `slots show` show merged entries; the details, and `slots show --all`, keep every part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from views.timeline.entries import EntryKind, TimelineEntry

AT_ONCE = dt.timedelta(minutes=1)
"""Parts of one event are at most this far apart; a text may take longer."""

ANSWERS = frozenset({EntryKind.SAID_YES, EntryKind.SAID_NO, EntryKind.OPTED_OUT})
FOLLOWS: dict[EntryKind, frozenset[EntryKind]] = {
    EntryKind.DEPOSIT_KEPT: frozenset({EntryKind.CANCELLED}),
    EntryKind.OPENED: frozenset({EntryKind.CANCELLED}),
    EntryKind.RECOVERED: frozenset({EntryKind.PAID, EntryKind.SAID_YES}),
}
"""By kind: the kinds of an earlier entry that it belongs to."""
MESSAGES = frozenset({EntryKind.TEXT, EntryKind.REPLY})


@dataclass(slots=True)
class MergedEntry:
    """One thing that happened. `main` has the headline; `parts` are the other entries, in order."""

    main: TimelineEntry
    parts: list[TimelineEntry] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """The sentences of all parts, without repetition. A part that is no message is named by its headline."""
        said = [self.main.reason, *(_sentence(self.main, part) for part in self.parts)]
        return " ".join(dict.fromkeys(sentence for sentence in said if sentence))

    @property
    def severity(self) -> str:
        """That of the gravest part."""
        return max((entry.severity for entry in self.entries), key=SEVERITIES.index)

    @property
    def entries(self) -> list[TimelineEntry]:
        """All parts with the main one, in order."""
        return sorted([self.main, *self.parts], key=lambda entry: entry.at)


SEVERITIES = ("info", "warning", "critical")


def merged(entries: Sequence[TimelineEntry]) -> list[MergedEntry]:
    """The entries in chronological order, merged."""
    groups: list[MergedEntry] = []
    for entry in entries:
        if _joins_earlier(groups, entry) or _takes_reply(groups, entry):
            continue
        groups.append(MergedEntry(entry))
    return groups


def _joins_earlier(groups: list[MergedEntry], entry: TimelineEntry) -> bool:
    """Adds the entry to the one that it belongs to, if there is one."""
    parent = _of_text(groups, entry) if entry.kind is EntryKind.TEXT else _of_event(groups, entry)
    if parent is None:
        return False
    if entry.kind is EntryKind.RECOVERED:
        parent.parts.append(parent.main)
        parent.main = entry
    else:
        parent.parts.append(entry)
    return True


def _of_text(groups: list[MergedEntry], entry: TimelineEntry) -> MergedEntry | None:
    """The latest event of the customer whom we texted."""
    return next((group for group in reversed(groups) if _same_person(group, entry) and not _is_text(group)), None)


def _of_event(groups: list[MergedEntry], entry: TimelineEntry) -> MergedEntry | None:
    kinds = FOLLOWS.get(entry.kind, frozenset())
    near = (group for group in reversed(groups) if entry.at - group.main.at <= AT_ONCE)
    return next((group for group in near if group.main.kind in kinds), None)


def _takes_reply(groups: list[MergedEntry], entry: TimelineEntry) -> bool:
    """An answer takes the place of the text it was understood from, which becomes its first part."""
    if entry.kind not in ANSWERS or not groups:
        return False
    for group in reversed(groups):
        if entry.at - group.main.at > AT_ONCE:
            return False
        if group.main.kind is EntryKind.REPLY and not group.parts and _same_person(group, entry):
            group.parts.append(group.main)
            group.main = entry
            return True
    return False


def _is_text(group: MergedEntry) -> bool:
    return group.main.kind in MESSAGES or group.main.backstage


def _same_person(group: MergedEntry, entry: TimelineEntry) -> bool:
    people: Iterable[object] = (one.who.id for one in group.entries if one.who)
    return entry.who is not None and entry.who.id in set(people)


def _sentence(main: TimelineEntry, part: TimelineEntry) -> str:
    if part.kind is EntryKind.TEXT:
        return f"Text: {part.reason[:1].lower()}{part.reason[1:]}" if part.reason else ""
    if part.kind is EntryKind.REPLY:
        return part.reason
    return f"{part.headline}."
