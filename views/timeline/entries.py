"""The parts of a timeline. Their sentences are written for the shop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from views.recovery_overview import Overview


class EntryKind(StrEnum):
    """The kind of an entry, which determines its icon and colour on pages and in commands."""

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
    NOT_REOPENED = "not reopened"
    WAITING = "waiting"
    BY_HAND = "by hand"
    OFFER_ENDED = "offer ended"
    DISPUTED = "disputed"
    ALARM = "needs a human"
    WEBHOOK = "webhook"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class TimelinePerson:
    """The customer of an entry. `phone` is the number as typed. Mask it wherever the full number isn't required."""

    id: UUID
    name: str
    phone: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One detail. `meaning` explains the value if it is a provider's code."""

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One entry. `headline` is the title and `reason` is the explanation. Both are plain sentences.

    Entries with `backstage` set are shown only on request. The ids refer to the rows that the entry describes.
    """

    at: dt.datetime
    kind: EntryKind
    headline: str
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
    """A pending task of this recovery. `parked_at` is set if the task is parked."""

    id: UUID
    name: str
    args: list[str]
    due_at: dt.datetime
    attempts: int
    last_error: str | None
    parked_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A recovery's current state, its entries in chronological order, and its pending tasks."""

    recovery: Overview
    entries: tuple[TimelineEntry, ...]
    waiting: tuple[PendingStep, ...]


@dataclass(frozen=True, slots=True)
class Codes:
    """Explains providers' codes. The explanations are defined in the `providers` package."""

    carrier: Callable[[str], str]
    decline: Callable[[str], str]
