"""The dashboard timeline has one entry for each event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from views.timeline.entries import EntryKind, TimelineEntry, TimelinePerson
from views.timeline.merging import merged

START = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)
ANA = TimelinePerson(UUID(int=1), "Ana", None)
BEN = TimelinePerson(UUID(int=2), "Ben", None)


def entry(
    seconds: float,
    kind: EntryKind,
    headline: str,
    reason: str = "",
    *,
    who: TimelinePerson | None = None,
    **more: str,
) -> TimelineEntry:
    at = START + timedelta(seconds=seconds)
    return TimelineEntry(at=at, kind=kind, headline=headline, reason=reason, who=who, **more)


def test_asking_and_its_text_are_one_entry() -> None:
    (one,) = merged(
        [
            entry(0, EntryKind.ASKED, "Ana was asked", "First in line.", who=ANA),
            entry(1, EntryKind.TEXT, "Ana was texted the offer", "Delivered.", who=ANA),
        ]
    )
    assert one.main.headline == "Ana was asked"
    assert one.reason == "First in line. Text: delivered."
    assert [part.headline for part in one.entries] == ["Ana was asked", "Ana was texted the offer"]


def test_a_text_that_was_not_delivered_is_as_grave_as_before() -> None:
    (one,) = merged(
        [
            entry(0, EntryKind.ASKED, "Ana was asked", who=ANA),
            entry(1, EntryKind.TEXT, "Ana was texted", "Not delivered.", who=ANA, severity="warning"),
        ]
    )
    assert one.severity == "warning"
    assert "not delivered" in one.reason


def test_a_reply_and_its_meaning_are_one_entry() -> None:
    (one,) = merged(
        [
            entry(0, EntryKind.REPLY, "Ana texted", "“yes pls”", who=ANA),
            entry(1, EntryKind.SAID_YES, "Ana said YES", "The customer said YES in time.", who=ANA),
        ]
    )
    assert one.main.headline == "Ana said YES"
    assert "“yes pls”" in one.reason


def test_the_reply_of_another_customer_is_a_separate_entry() -> None:
    found = merged(
        [
            entry(0, EntryKind.REPLY, "Ben texted", "“yes”", who=BEN),
            entry(1, EntryKind.SAID_YES, "Ana said YES", who=ANA),
        ]
    )
    assert [one.main.headline for one in found] == ["Ben texted", "Ana said YES"]


def test_a_text_joins_the_customers_own_event_and_not_the_latest() -> None:
    found = merged(
        [
            entry(0, EntryKind.ASKED, "Ana was asked", who=ANA),
            entry(60, EntryKind.RAN_OUT, "Ana's time is over", who=ANA),
            entry(60, EntryKind.ASKED, "Ben was asked", who=BEN),
            entry(61, EntryKind.TEXT, "Ben was texted the offer", "Delivered.", who=BEN),
            entry(90, EntryKind.TEXT, "Ana was texted", "Sent.", who=ANA),
        ]
    )
    parts = {one.main.headline: [part.headline for part in one.parts] for one in found}
    assert parts == {
        "Ana was asked": [],
        "Ana's time is over": ["Ana was texted"],
        "Ben was asked": ["Ben was texted the offer"],
    }


def test_a_payment_and_the_sale_are_one_entry() -> None:
    (one,) = merged(
        [
            entry(0, EntryKind.PAID, "Ana paid", "The deposit is paid.", who=ANA),
            entry(1, EntryKind.RECOVERED, "The slot was recovered", "A cancelled appointment was sold again."),
            entry(2, EntryKind.TEXT, "Ana was texted the confirmation", "Delivered.", who=ANA),
        ]
    )
    assert one.main.headline == "The slot was recovered"
    assert one.reason == "A cancelled appointment was sold again. Ana paid. Text: delivered."


def test_a_cancellation_has_the_deposit_and_the_opening_in_it() -> None:
    (one,) = merged(
        [
            entry(0, EntryKind.CANCELLED, "Zoe's appointment was cancelled", "By the customer.", who=ANA),
            entry(0, EntryKind.DEPOSIT_KEPT, "The deposit of £20 stays with the shop"),
            entry(0, EntryKind.OPENED, "The time was offered to other customers"),
        ]
    )
    assert one.reason == (
        "By the customer. The deposit of £20 stays with the shop. The time was offered to other customers."
    )
