"""Merges timeline entries that belong together, such as a decision, the text about it, and the text's delivery.

The pages and `slots show` list merged entries. The detailed view and `slots show --all` list every entry.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from views.timeline.entries import EntryKind, TimelineEntry
from views.timeline.event_labels import BY_CHANNEL

AT_ONCE = dt.timedelta(minutes=1)
"""Parts of one event are at most this far apart, except texts, which may be later."""

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
"""For each kind of entry, the kinds of earlier entries into which the entry is merged."""
LEADS: Kinds = {
    EntryKind.SAID_YES: frozenset({EntryKind.REPLY}),
    EntryKind.SAID_NO: frozenset({EntryKind.REPLY}),
    EntryKind.OPTED_OUT: frozenset({EntryKind.REPLY}),
    EntryKind.RECOVERED: frozenset({EntryKind.PAID, EntryKind.SAID_YES}),
    EntryKind.UNREACHABLE: frozenset({EntryKind.ASKED}),
    EntryKind.BY_HAND: frozenset({EntryKind.OFFER_ENDED}),
    EntryKind.CANCELLED: frozenset({EntryKind.DEPOSIT_KEPT}),
}
"""For each kind of entry, the kinds of earlier entries that the entry interprets and that are merged into it."""
MESSAGES = frozenset({EntryKind.TEXT, EntryKind.REPLY})
SAID_IN_FULL = frozenset({EntryKind.ASKED, EntryKind.REPLY})
"""Parts whose reason contains more information than their headline."""
CONCLUDING = frozenset({EntryKind.NOT_REOPENED, EntryKind.ALARM})
"""Parts whose last sentence is new. Their other sentences repeat the main entry."""


@dataclass(slots=True)
class MergedEntry:
    """One event. `main` provides the headline; `parts` are all other entries, in order."""

    main: TimelineEntry
    parts: list[TimelineEntry] = field(default_factory=list)

    @property
    def reason(self) -> str:
        """The sentences of all parts without repetition. Sentences about messages come last."""
        parts = sorted(self.parts, key=lambda part: part.kind in MESSAGES)
        sentences = [self.main.reason, *(_sentence(self.main, part) for part in parts)]
        return " ".join(dict.fromkeys(sentence for sentence in sentences if sentence))

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
    """Returns the merged entries in chronological order."""
    groups: list[MergedEntry] = []
    for entry in entries:
        if not (_joins(groups, entry) or _leads(groups, entry)):
            groups.append(MergedEntry(entry))
    return groups


def _joins(groups: list[MergedEntry], entry: TimelineEntry) -> bool:
    """Makes `entry` a part of the earlier event to which it belongs. Returns False if there is none."""
    group = _of_text(groups, entry) if entry.kind is EntryKind.TEXT else _at_once(groups, entry, JOINS)
    if group is None:
        return False
    group.parts.append(entry)
    return True


def _leads(groups: list[MergedEntry], entry: TimelineEntry) -> bool:
    """Makes the earlier entry that `entry` interprets a part of `entry`. Returns False if there is none."""
    group = _at_once(groups, entry, LEADS)
    if group is None:
        return False
    group.parts.append(group.main)
    group.main = entry
    return True


def _of_text(groups: list[MergedEntry], entry: TimelineEntry) -> MergedEntry | None:
    """Returns the last event about the customer who was texted."""
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
    """Returns "Text: delivered." or "E-mail: not delivered.", or our answer if the main entry is a reply."""
    if main.kind is EntryKind.REPLY:
        return f"{part.headline}."
    delivery, full_stop, _ = (
        part.reason.partition(".") if main.kind is EntryKind.UNREACHABLE else (part.reason, "", "")
    )
    channel = next((BY_CHANNEL.get(detail.value, "") for detail in part.details if detail.name == "channel"), "")
    name = (channel[:1].upper() + channel[1:]) or "Text"
    return f"{name}: {delivery[:1].lower()}{delivery[1:]}{full_stop}" if delivery else ""
