"""What a timeline is made of: one entry for each thing that happened, in words for the shop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from views.recovery_overview import Overview


class EntryKind(StrEnum):
    """What sort of thing happened; pages and commands choose icon and colour by it."""

    CANCELLED = "cancelled"
    OPENED = "opened"
    ASKED = "asked"
    TEXT = "text"
    REPLY = "reply"
    RAN_OUT = "ran out"
    SAID_NO = "said no"
    OPTED_OUT = "opted out"
    UNREACHABLE = "unreachable"
    SAID_YES = "said yes"
    LINK = "payment link"
    CARD_DECLINED = "card declined"
    NOT_PAID = "not paid"
    RELEASED = "released"
    PAID = "paid"
    DEPOSIT_KEPT = "deposit kept"
    REFUNDED = "refunded"
    RECOVERED = "recovered"
    CLOSED = "closed"
    WAITING = "waiting"
    BY_HAND = "by hand"
    ALARM = "needs a human"
    WEBHOOK = "webhook"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class TimelinePerson:
    """The customer an entry is about. `phone` is as typed: mask it for whoever need not see it."""

    id: UUID
    name: str
    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One fact. `meaning` says in words what a provider's code means, where the value is one."""

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that happened. `said` is the headline, `because` why, both plain sentences.

    `backstage`: true but of interest only to whoever looks closer. The ids lead to the rows it tells of.
    """

    at: dt.datetime
    kind: EntryKind
    said: str
    reason: str
    who: TimelinePerson | None = None
    actor: str = "system"
    severity: str = "info"
    backstage: bool = False
    details: tuple[EntryDetail, ...] = ()
    slot_offer_id: UUID | None = None
    appointment_id: UUID | None = None
    payment_id: UUID | None = None
    message_id: UUID | None = None
    webhook_event_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingStep:
    """A task about this recovery that is still to be done. `parked_at`: it is set aside for a human."""

    id: UUID
    name: str
    args: list[str]
    due_at: dt.datetime
    attempts: int
    last_error: str | None
    parked_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A recovery from beginning to end: where it stands, what happened in order, what is still to be done."""

    recovery: Overview
    entries: tuple[TimelineEntry, ...]
    waiting: tuple[PendingStep, ...]


@dataclass(frozen=True, slots=True)
class Codes:
    """What providers' codes mean, in words; the words are the providers' packages' to know."""

    carrier: Callable[[str], str]
    decline: Callable[[str], str]
