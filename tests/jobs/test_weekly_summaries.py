"""The weekly summary for owners: recovered slots, and lost slots with the reasons.

It is sent once to each address.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.keyset_pagination import BEGINNING, EVERY_SHOP
from db.messages import weekly_summaries
from db.messages.weekly_summaries import SummaryRecipient
from domain.statistics import last_week, week_is_fresh
from messaging.senders import Senders
from messaging.weekly_summary import write_weekly_summary
from tests.builders import a_customer, a_shop, a_slot_freed_by, a_staff_member, an_appointment
from tests.world import World

MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "fresh"), [(0, True), (2, True), (3, False), (6, False)])
def test_a_summary_is_sent_from_monday_to_wednesday(day: int, fresh: bool) -> None:
    assert week_is_fresh(MONDAY + timedelta(days=day), "Europe/London") is fresh


def test_the_last_week_is_that_of_the_shops_zone() -> None:
    just_monday = datetime(2026, 11, 29, 11, 30, tzinfo=UTC)
    assert last_week(just_monday, "UTC").first.isoformat() == "2026-11-16"
    assert last_week(just_monday, "Pacific/Auckland").first.isoformat() == "2026-11-23"


def a_week(session: Session, now: datetime) -> None:
    """Inserts one sold slot and two lost slots of last week, in a shop with two owners who share an address."""
    shop = a_shop(session, name="Salon Lou", timezone="UTC")
    for name, role in (("Mia", "owner"), ("Mo", "owner"), ("Kim", "staff")):
        a_staff_member(session, shop, name=name, role=role, email="lou@example.com", phone=None)
    middle = last_week(now, "UTC").first + timedelta(days=2)
    at = datetime(middle.year, middle.month, middle.day, 10, tzinfo=UTC)
    for number, closed_as in enumerate((None, "nobody_left", "too_near")):
        starts_at = at + timedelta(hours=2 * number, days=0 if closed_as else 14)
        slot = a_slot_freed_by(session, a_customer(session, shop), starts_at=starts_at)
        status = {"id": slot.id, "closed_as": closed_as, "status": "expired" if closed_as else "filled"}
        session.execute(
            text("UPDATE slot_openings SET status = :status, closed_as = :closed_as WHERE id = :id"), status
        )
        if not closed_as:
            taken = {"source_slot_opening_id": slot.id, "price_cents": 5500, "confirmed_at": at}
            an_appointment(session, a_customer(session, shop), starts_at=starts_at, **taken)
    session.commit()


def owners(session: Session) -> list[SummaryRecipient]:
    return weekly_summaries.owners(session, EVERY_SHOP, BEGINNING, 100)


def test_it_says_what_was_recovered_and_why_slots_were_lost(world: World, session: Session) -> None:
    now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    a_week(session, now)
    week = last_week(now, "UTC")
    senders: Senders = world.dependencies.senders
    found = owners(session)
    assert [one.email for one in found] == ["lou@example.com"] * 2
    assert [write_weekly_summary(session, senders, one, week) for one in [*found, *found]] == [True, *[False] * 3]
    (mail,) = session.execute(text("SELECT subject, body, channel, purpose FROM messages")).all()
    assert (mail.subject, mail.channel) == ("Salon Lou: £55 recovered last week", "email")
    for line in ("Recovered: 1 of 3 cancelled slots, £55", "Lost: 2 slots", "- 1: nobody was left to ask"):
        assert line in mail.body


def test_a_week_without_cancellations_has_no_summary(world: World, session: Session) -> None:
    now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    a_staff_member(session, a_shop(session), role="owner", email="lou@example.com")
    week = last_week(now, "UTC")
    assert not any(write_weekly_summary(session, world.dependencies.senders, one, week) for one in owners(session))


def test_nobody_gets_one_who_turned_e_mails_off_or_never_confirmed(session: Session) -> None:
    shop = a_shop(session)
    a_staff_member(session, shop, role="owner", email="a@example.com", email_alerts=False)
    a_staff_member(session, shop, role="owner", email="b@example.com", confirmed_at=None)
    assert owners(session) == []


def test_the_job_runs_and_a_second_run_sends_nothing_more(world: World, session: Session) -> None:
    now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    a_week(session, now)
    session.execute(text("UPDATE shops SET created_at = now() - interval '40 days'"))
    session.commit()
    first, second = (world.perform("send_weekly_summaries") for _ in range(2))
    assert first["success"]
    assert first["summaries_sent"] == (1 if week_is_fresh(now, "UTC") else 0)
    assert second["summaries_sent"] == 0
