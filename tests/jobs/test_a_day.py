"""Simulates a day with 300 appointments in two time zones, hour by hour.

In one zone, the clocks go forward at night. Two beat processes send every task at the same time, and the carriers
are unavailable for an hour.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_payment, a_performer, a_shop, a_suppression, an_appointment, insert
from tests.world import World
from worker.periodic.periodic_jobs import NIGHTLY

# In New York, the clocks go from 02:00 to 03:00 on the 14th, so 02:00 does not exist on that night.
LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
BEGINS, ENDS = datetime(2027, 3, 13, 5, 30, tzinfo=UTC), datetime(2027, 3, 15, 7, 30, tzinfo=UTC)
DAY = date(2027, 3, 14)
CARRIERS_GO, CARRIERS_ARE_BACK = BEGINS + timedelta(hours=10), BEGINS + timedelta(hours=11)

FIRED = (("run_all_cleanup_jobs", NIGHTLY), ("resolve_outcomes", NIGHTLY), ("run_all_reminder_jobs",))

Address = tuple[str, str]
"""A channel and an address."""

# The consents, assigned to the customers in turn, and the expected channels.
AGREED: list[tuple[dict[str, Any], set[str]]] = [
    ({"sms_opt_in": True}, {"sms"}),
    ({"sms_opt_in": True, "whatsapp_opt_in": True}, {"whatsapp"}),
    ({"sms_opt_in": True, "email": "{name}@example.com"}, {"sms", "email"}),
    ({"sms_opt_in": False, "email": "{name}@example.com"}, {"email"}),
    ({"sms_opt_in": False, "email": "{name}@example.com", "email_opt_in": False}, set()),
    ({"sms_opt_in": True, "stopped": True}, set()),
]


@pytest.mark.long
def test_a_day_in_two_zones_and_a_night_that_loses_an_hour(world: World, session: Session) -> None:
    world.clock.pass_(BEGINS - world.clock.now())
    london = a_shop(session, timezone="Europe/London", quiet_from=time(21), quiet_until=time(8), recover_unpaid=True)
    new_york = a_shop(session, timezone="America/New_York", quiet_from=time(21), quiet_until=time(8))
    expected = _appointments(session, [(london, LONDON), (new_york, NEW_YORK)])
    stale = [_an_unpaid_booking(session, shop, chair) for shop in (london, new_york) for chair in range(5)]
    kept, gone = _old_rows(session, london)
    session.commit()

    assert _hour_by_hour(world), "the carriers were never missed"
    assert _heard(world) == expected
    assert _told_at_night(world) == []
    assert set(expected.values()) == {1}
    outcomes = dict(world.rows("SELECT status, count(*) FROM appointments GROUP BY status"))
    assert outcomes == {"settled": 270, "voided": 30, "cancelled": len(stale)}
    offered_on = world.rows("SELECT shop_id, count(*) FROM slot_openings GROUP BY shop_id")
    assert [tuple(row) for row in offered_on] == [(london.id, 5)]
    left = {row.id for row in world.rows("SELECT id FROM notifications UNION SELECT id FROM audit_logs")}
    assert left >= kept
    assert not left & gone
    # The overdue jobs run first, then the jobs for the 14th and 15th in both cities and for the 13th in New York.
    assert 6 <= world.one("SELECT count(*) FROM audit_logs WHERE event = 'cleanup_expired_otps'") <= 2 * 6
    assert set(world.rows("SELECT done_for FROM job_days")) == {(date(2027, 3, 15),)}


def _hour_by_hour(world: World) -> set[Any]:
    """Runs the jobs every hour. Returns the messages that had to wait because their carrier was unavailable."""
    waited = set[Any]()
    while (now := world.clock.now()) < ENDS:
        _carriers(world, away=CARRIERS_GO <= now < CARRIERS_ARE_BACK)
        for job, *how in FIRED:
            with ThreadPoolExecutor(2) as both_beats:
                list(both_beats.map(lambda _: world.perform(job, *how), range(2)))  # noqa: B023 - called at once
        world.work_off()
        waited |= {row.id for row in world.rows("SELECT id FROM messages WHERE status IN ('queued', 'sending')")}
        world.clock.pass_(timedelta(hours=1))
    return waited


def _appointments(session: Session, shops: list[tuple[Built, ZoneInfo]]) -> Counter[Address]:
    """Books every hour of the day with fifteen performers in each shop.

    Returns the number of expected reminders by channel and address.
    """
    chairs = [(a_performer(session, shop), shop, zone) for shop, zone in shops for _ in range(15)]
    each = [(chair, datetime.combine(DAY, time(hour))) for chair in chairs for hour in range(9, 19)]
    return sum(
        (
            _an_appointment(session, number, shop, performer, at.replace(tzinfo=zone))
            for number, ((performer, shop, zone), at) in enumerate(each)
        ),
        Counter[Address](),
    )


def _an_appointment(
    session: Session, number: int, shop: Built, performer: Built, starts_at: datetime
) -> Counter[Address]:
    """Inserts an appointment that was booked a week ago. Every tenth appointment lacks its deposit."""
    agreed, channels = AGREED[number % len(AGREED)]
    name = f"ana{number}"
    columns = {key: value.format(name=name) if key == "email" else value for key, value in agreed.items()}
    stopped = columns.pop("stopped", False)
    customer = a_customer(session, shop, name=name, **columns)
    if stopped:
        a_suppression(session, shop, customer.phone)
    booking = an_appointment(
        session,
        customer,
        performer_id=performer.id,
        starts_at=starts_at.astimezone(UTC),
        created_at=BEGINS - timedelta(days=7),
        payment_required=number % 5 == 0,
    )
    if number % 10 == 5:
        a_payment(session, booking)
    addresses = {"sms": customer.phone, "whatsapp": f"whatsapp:{customer.phone}", "email": customer.email}
    return Counter({("email" if channel == "email" else "text", addresses[channel]): 1 for channel in channels})


def _carriers(world: World, *, away: bool) -> None:
    if not away:
        world.outside.clear_faults()
        return
    for provider, operation in (
        ("twilio", "messages.create"),
        ("twilio", "messages.list"),
        ("resend", "emails.send"),
    ):
        world.outside.fault(f"{provider} {operation}", "server_error", times=None)


def _an_unpaid_booking(session: Session, shop: Built, number: int) -> Built:
    """Inserts a booking that becomes stale during the test."""
    starts_at = datetime(2027, 3, 20, 9 + number, tzinfo=UTC)
    customer = a_customer(session, shop, sms_opt_in=False)
    values = {"status": "pending_payment", "payment_required": True}
    return an_appointment(
        session, customer, starts_at=starts_at, created_at=BEGINS - timedelta(hours=number), **values
    )


def _old_rows(session: Session, shop: Built) -> tuple[set[Any], set[Any]]:
    """Inserts old rows. Returns the rows to keep and the rows to delete."""
    old, very_old = BEGINS - timedelta(days=31), BEGINS - timedelta(days=400)
    note = {"shop_id": shop.id, "text": "old"}
    kept = {
        insert(session, "notifications", **note, created_at=old).id,
        insert(session, "notifications", **note, created_at=BEGINS, read_at=BEGINS).id,
        insert(session, "audit_logs", event="NeedsHuman", severity="critical", created_at=very_old).id,
        insert(session, "audit_logs", event="PaymentRefunded", created_at=very_old).id,
    }
    gone = {
        insert(session, "notifications", **note, created_at=old, read_at=old).id,
        insert(session, "audit_logs", event="OfferSent", created_at=very_old).id,
    }
    return kept, gone


def _heard(world: World) -> Counter[Address]:
    """Counts the reminders sent to each address. Some customers also received an offer, which is not counted."""
    reminders = [
        sent for sent in world.outside.texts() if sent.get("ContentSid") or sent["Body"].startswith("Reminder")
    ]
    texts = Counter(("text", sent["To"]) for sent in reminders)
    return texts + Counter(("email", sent["to"][0]) for sent in world.outside.emails())


def _told_at_night(world: World) -> list[Any]:
    """Returns the messages sent during the recipient's night."""
    return world.rows("""
        SELECT m.id, m.claimed_at AT TIME ZONE s.timezone FROM messages m JOIN shops s ON s.id = m.shop_id
         WHERE m.direction = 'outbound' AND m.status NOT IN ('suppressed', 'expired')
           AND (m.claimed_at AT TIME ZONE s.timezone)::time NOT BETWEEN '08:00' AND '21:00'""")
