"""Merges the entries that belong together: a decision, its text, and that text's delivery.

The pages and `slots show` show merged entries; the details, and `slots show --all`, keep every part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from views.timeline.entries import EntryKind, TimelineEntry
from views.timeline.event_labels import BY_CHANNEL

AT_ONCE = dt.timedelta(minutes=1)
"""Parts of one event are at most this far apart; a text may take longer."""

Kinds = Mapping[EntryKind, frozenset[EntryKind]]
ENDINGS = frozenset(
    {EntryKind.SAID_NO, EntryKind.OPTED_OUT, EntryKind.NOT_PAID, EntryKind.CARD_DECLINED, EntryKind.CANCELLED}
)
JOINS: Kinds = {
    EntryKind.DEPOSIT_KEPT: frozenset({EntryKind.CANCELLED}),
    EntryKind.OPENED: frozenset({EntryKind.CANCELLED}),
    EntryKind.NOT_REOPENED: frozenset({EntryKind.CANCELLED}),
    EntryKind.RELEASED: ENDINGS,
    EntryKind.ALARM: frozenset({EntryKind.ALARM, EntryKind.PAID}),
}
"""By kind: the kinds of an earlier entry of which it becomes a part."""
LEADS: Kinds = {
    EntryKind.SAID_YES: frozenset({EntryKind.REPLY}),
    EntryKind.SAID_NO: frozenset({EntryKind.REPLY}),
    EntryKind.OPTED_OUT: frozenset({EntryKind.REPLY}),
    EntryKind.RECOVERED: frozenset({EntryKind.PAID, EntryKind.SAID_YES}),
    EntryKind.UNREACHABLE: frozenset({EntryKind.ASKED}),
    EntryKind.BY_HAND: frozenset({EntryKind.OFFER_ENDED}),
    EntryKind.CANCELLED: frozenset({EntryKind.DEPOSIT_KEPT}),
}
"""By kind: the kinds of earlier entries that become parts of it, because it interprets them."""
MESSAGES = frozenset({EntryKind.TEXT, EntryKind.REPLY})
SAID_IN_FULL = frozenset({EntryKind.ASKED, EntryKind.REPLY})
"""Parts whose reason says more than their headline."""
CONCLUDING = frozenset({EntryKind.NOT_REOPENED, EntryKind.ALARM})
"""Parts of which only the last sentence is new, because the others repeat the main entry."""


@dataclass(slots=True)
class MergedEntry:
    """One event. `main` has the headline; `parts` are the other entries, in order."""

    main: TimelineEntry
    parts: list[TimelineEntry] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """The sentences of all parts without repetition, with the sentences of messages last."""
        parts = sorted(self.parts, key=lambda part: part.kind in MESSAGES)
        said = [self.main.reason, *(_sentence(self.main, part) for part in parts)]
        return " ".join(dict.fromkeys(sentence for sentence in said if sentence))

    @property
    def severity(self) -> str:
        """The highest severity of all parts."""
        return max((entry.severity for entry in self.entries), key=SEVERITIES.index)

    @property
    def entries(self) -> list[TimelineEntry]:
        """All entries including the main one, in order."""
        return sorted([self.main, *self.parts], key=lambda entry: entry.at)


SEVERITIES = ("info", "warning", "critical")


def merged(entries: Sequence[TimelineEntry]) -> list[MergedEntry]:
    """The entries in chronological order, merged."""
    groups: list[MergedEntry] = []
    for entry in entries:
        if not (_joins(groups, entry) or _leads(groups, entry)):
            groups.append(MergedEntry(entry))
    return groups


def _joins(groups: list[MergedEntry], entry: TimelineEntry) -> bool:
    """Makes the entry a part of the one to which it belongs, if there is one."""
    group = _of_text(groups, entry) if entry.kind is EntryKind.TEXT else _at_once(groups, entry, JOINS)
    if group is None:
        return False
    group.parts.append(entry)
    return True


def _leads(groups: list[MergedEntry], entry: TimelineEntry) -> bool:
    """Makes an earlier entry that belongs to this one a part of it. Returns False if there is none."""
    group = _at_once(groups, entry, LEADS)
    if group is None:
        return False
    group.parts.append(group.main)
    group.main = entry
    return True


def _of_text(groups: list[MergedEntry], entry: TimelineEntry) -> MergedEntry | None:
    """Returns the last action of the texted customer, or the last event about them."""
    return _last(groups, lambda group: _about_same_person(group, entry) and not _is_text(group))


def _at_once(groups: list[MergedEntry], entry: TimelineEntry, kinds: Kinds) -> MergedEntry | None:
    wanted = kinds.get(entry.kind, frozenset())
    return _last(
        groups,
        lambda group: (
            group.main.kind in wanted
            and entry.at - group.main.at <= AT_ONCE
            and (entry.who is None or group.main.who is None or _about_same_person(group, entry))
        ),
    )


def _last(groups: list[MergedEntry], fits: Callable[[MergedEntry], bool]) -> MergedEntry | None:
    return next((group for group in reversed(groups) if fits(group)), None)


def _is_text(group: MergedEntry) -> bool:
    return group.main.kind is EntryKind.TEXT or group.main.backstage


def _about_same_person(group: MergedEntry, entry: TimelineEntry) -> bool:
    people: Iterable[object] = (one.who.id for one in group.entries if one.who)
    return entry.who is not None and entry.who.id in set(people)


def _sentence(main: TimelineEntry, part: TimelineEntry) -> str:
    if part.kind is EntryKind.TEXT:
        return _of_text_sent(main, part)
    if part.kind in CONCLUDING:
        return part.reason.rpartition(". ")[2]
    return part.reason if part.kind in SAID_IN_FULL else f"{part.headline}."


def _of_text_sent(main: TimelineEntry, part: TimelineEntry) -> str:
    """ "Text: delivered.", "E-mail: not delivered."; after a reply, our answer."""
    if main.kind is EntryKind.REPLY:
        return f"{part.headline}."
    delivery, full_stop, _ = (
        part.reason.partition(".") if main.kind is EntryKind.UNREACHABLE else (part.reason, "", "")
    )
    channel = next((BY_CHANNEL.get(detail.value, "") for detail in part.details if detail.name == "channel"), "")
    name = (channel[:1].upper() + channel[1:]) or "Text"
    return f"{name}: {delivery[:1].lower()}{delivery[1:]}{full_stop}" if delivery else ""
