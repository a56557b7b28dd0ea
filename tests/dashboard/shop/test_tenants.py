"""Staff see only their own shop on every route, even if a query has no filter."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from db.access import staff_members
from db.sessions import as_dashboard
from db.shops import shop_settings
from domain.policy import Policy
from tests.builders import Built, a_number, a_shop, a_staff_member
from tests.dashboard.shop.conftest import StaffBrowser
from tests.dashboard.shop.scenes import RecoveryRows, a_busy_shop
from views import (
    appointment_list,
    customer_directory,
    id_lookup,
    judged_customers,
    recovery_list,
    recovery_overview,
    staff_notifications,
)
from views.recovery_list import ListStatus, RecoveryFilter
from views.timeline.timeline_rows import read

SECRETS = ("Ana Silva", "Ben Okafor", "Cara Lindqvist", "Zoe", "Somebody has to look.")


@pytest.fixture
def theirs(session: Session) -> dict[str, RecoveryRows]:
    other = a_shop(session, name="The other shop")
    a_staff_member(session, other, phone=a_number(), name="Olaf")
    return a_busy_shop(session, other)


def foreign_ids(theirs: dict[str, RecoveryRows]) -> list[UUID]:
    found = theirs["recovered"]
    assert found.booking is not None
    return [found.slot.id, found.booking.id, found.asked.id, found.offer.id]


def test_every_route_with_an_id_of_another_shop_is_not_found(
    app: Flask, desk: StaffBrowser, theirs: dict[str, RecoveryRows]
) -> None:
    tried, found = 0, set()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/app/") or "<uuid" not in rule.rule:
            continue
        for id in foreign_ids(theirs):
            path = re.sub(r"<uuid:\w+>", str(id), re.sub(r"<any\((\w+),.*?\):\w+>", r"\1", rule.rule))
            if "POST" in (rule.methods or ()):
                answer = desk.post(path, form="/app/appointments", role="owner", source="a form")
            else:
                answer = desk.get(path)
            if answer.status_code != 404:
                found.add((rule.rule, answer.status_code))
            assert not any(secret in answer.text for secret in SECRETS)
            tried += 1
    assert found == set()
    assert tried >= 40


def test_no_list_shows_anything_of_another_shop(
    app: Flask, desk: StaffBrowser, theirs: dict[str, RecoveryRows]
) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/app/") and "<" not in rule.rule and "GET" in (rule.methods or ()):
            answer = desk.get(rule.rule)
            assert not any(secret in answer.text for secret in SECRETS), rule.rule


@pytest.mark.parametrize("where", ["/app/appointments", "/app/customers"])
def test_an_id_of_another_shop_leads_nowhere(desk: StaffBrowser, theirs: dict[str, RecoveryRows], where: str) -> None:
    for id in foreign_ids(theirs):
        answer = desk.get(f"{where}?q={id}")
        assert answer.status_code == 200
        assert "No match" in answer.text


def test_nothing_of_another_shop_is_changed(
    desk: StaffBrowser, session: Session, theirs: dict[str, RecoveryRows]
) -> None:
    scene = theirs["offered"]
    desk.post(f"/app/slot-openings/{scene.slot.id}/stop", form="/app/appointments")
    desk.post(f"/app/customers/{scene.asked.id}/opt-out", form="/app/appointments")
    notice = session.execute(text("SELECT id FROM notifications")).scalar_one()
    desk.post("/app/notifications/read", form="/app/appointments", id=str(notice))
    session.rollback()
    assert session.execute(text("SELECT count(*) FROM pending_tasks WHERE name = 'step_in'")).scalar_one() == 0
    assert session.execute(text("SELECT count(*) FROM suppressions")).scalar_one() == 0
    assert session.execute(text("SELECT read_at FROM notifications")).scalar_one() is None


OF_A_SHOP = re.compile(r"\b(?:\w+\.)?shop_id = :shop_id|\bid = :shop_id")


def without_the_filter(statement: Any) -> Any:
    """Returns the query without its filter by shop."""
    return text(OF_A_SHOP.sub("(CAST(:shop_id AS uuid) IS NOT NULL)", statement.text))


def page_of(rows: Session, shop: UUID) -> tuple[dict[ListStatus, int], list[UUID]]:
    return recovery_list.page(rows, shop, RecoveryFilter(), order="newest", limit=50)


QUESTIONS: dict[str, Any] = {
    "recoveries": lambda rows, shop, one: recovery_list.ids(rows, shop, RecoveryFilter(), order="newest", limit=50),
    "counts": lambda rows, shop, one: [n for n in page_of(rows, shop)[0].values() if n],
    "a page": lambda rows, shop, one: page_of(rows, shop)[1],
    "bookings": lambda rows, shop, one: list(recovery_list.bookings(rows, shop, [one.slot.id])),
    "upcoming": lambda rows, shop, one: appointment_list.upcoming(
        rows, shop, RecoveryFilter(people=(one.asked.id,)), limit=50
    ),
    "appointment": lambda rows, shop, one: appointment_list.one(rows, shop, one.booking.id),
    "payments": lambda rows, shop, one: appointment_list.payments(rows, shop, one.booking.id),
    "customers": lambda rows, shop, one: customer_directory.page(rows, shop, tab="all", words="", limit=50, offset=0),
    "customer": lambda rows, shop, one: customer_directory.one(rows, shop, one.asked.id),
    "offers": lambda rows, shop, one: customer_directory.offers(rows, shop, one.asked.id, limit=50),
    "not asked": lambda rows, shop, one: judged_customers.judged(rows, shop, one.slot.id, policy=Policy()),
    "lookup": lambda rows, shop, one: id_lookup.place_of(rows, shop, str(one.slot.id)),
    "staff": lambda rows, shop, one: staff_members.members(rows, shop),
    "notices": lambda rows, shop, one: staff_notifications.page(rows, shop, with_read=True, limit=50, offset=0),
    "overview": lambda rows, shop, one: recovery_overview.one(rows, one.slot.id, shop_id=shop),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_without_its_filter_a_query_still_sees_one_shop(
    session: Session, salon: Built, theirs: dict[str, RecoveryRows], question: str
) -> None:
    ask, one = QUESTIONS[question], theirs["recovered"]
    take_filters_out(session)
    # Control: without row-level security, the rows of the other shop are visible.
    assert ask(session, salon.id, one)

    as_dashboard(session, salon.id)
    assert not ask(session, salon.id, one)


def take_filters_out(session: Session) -> None:
    """Removes the filter by shop from all queries except queries that set the current shop."""
    asked = session.execute

    def ask(statement: Any, *args: Any, **more: Any) -> Any:
        forgetful = isinstance(statement, TextClause) and "set_config" not in statement.text
        return asked(without_the_filter(statement) if forgetful else statement, *args, **more)

    session.execute = ask  # type: ignore[method-assign]


def test_the_story_of_a_slot_too(session: Session, salon: Built, theirs: dict[str, RecoveryRows]) -> None:
    told = recovery_overview.one(session, theirs["recovered"].slot.id, shop_id=theirs["recovered"].slot.shop_id)
    assert told is not None
    take_filters_out(session)
    assert read(session, told).offers

    as_dashboard(session, salon.id)
    rows = read(session, told)
    assert not [*rows.offers, *rows.appointments, *rows.messages, *rows.payments, *rows.log]


def test_settings_of_another_shop_cannot_be_changed(
    session: Session, salon: Built, theirs: dict[str, RecoveryRows]
) -> None:
    as_dashboard(session, salon.id)
    shop_settings.change(session, theirs["offered"].slot.shop_id, {"name": "Ours now"})
    session.commit()
    assert "Ours now" not in session.execute(text("SELECT name FROM shops")).scalars().all()
