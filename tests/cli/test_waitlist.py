"""Tests of `slots waitlist` and `slots next`, on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.builders import Built, a_customer, a_performer, a_shop, a_slot, insert
from tests.cli.commands import Ran, slots

LIST = """\
name,phone,sms_opt_in,consent_source,service,with,weekdays,time from,priority,priority reason
Ana Silva,+447700900501,yes,form,Cut,Lou,Thu Fri,17:00,2,Was turned away
Ana Silva,+447700900501,yes,form,,,Monday,,,
Ben Okafor,+447700900502,no,,Perm,,,,,
Cara Lind,+447700900503,no,,,,Someday,,,
Dan Moss,+447700900504,no,,,,,,3,
"""


Run = Callable[..., Ran]


@pytest.fixture
def run(database_url: str) -> Run:
    return lambda *words: slots(*words, DATABASE_URL=database_url)


@pytest.fixture
def shop(session: Session) -> Built:
    made = a_shop(session, name="Salon Lou", timezone="Europe/London")
    insert(session, "services", shop_id=made.id, name="Cut")
    a_performer(session, made, name="Lou")
    session.commit()
    return made


def entries(session: Session) -> list[Built]:
    session.rollback()
    return list(session.execute(text("SELECT * FROM waitlist_entries ORDER BY priority DESC, created_at")))


@pytest.mark.long
def test_a_list_is_imported_and_can_be_imported_again(
    run: Run, session: Session, shop: Built, tmp_path: Path
) -> None:
    file = tmp_path / "waiting.csv"
    file.write_text(LIST)
    first = run("waitlist", "import", str(file), "--shop", "Salon Lou", "--json")
    assert first.code == 3
    report = json.loads(first.out)
    assert (report["added"], report["known"], report["new_customers"]) == (2, 0, 1)
    assert {row["line"]: row["reason"] for row in report["rejected"]} == {
        4: "There is no service with the name “Perm”.",
        5: "It must be days like “Monday, Wednesday” or “Mon Wed”.",
        6: "Enter the reason for the priority.",
    }
    found = entries(session)
    assert [(row.weekdays, row.priority, row.source) for row in found] == [([4, 5], 2, "list"), ([1], 0, "list")]
    again = run("waitlist", "import", str(file), "--shop", "Salon Lou", "--json")
    assert json.loads(again.out)["known"] == 2
    assert len(entries(session)) == 2


def test_a_dry_run_changes_nothing(run: Run, session: Session, shop: Built, tmp_path: Path) -> None:
    file = tmp_path / "waiting.csv"
    file.write_text(LIST)
    assert run("waitlist", "import", str(file), "--shop", "Salon Lou", "--dry-run").code == 3
    assert entries(session) == []


def test_entries_are_added_listed_exported_and_removed(run: Run, session: Session, shop: Built) -> None:
    ana = a_customer(session, shop, name="Ana Silva", phone="+447700900511")
    session.commit()
    wishes = ("--service", "cut", "--days", "Thu", "--time-from", "17:00")
    added = run("waitlist", "add", "+447700900511", "--shop", "Salon Lou", *wishes)
    assert added.code == 0, added.err
    (entry,) = entries(session)
    assert (str(entry.id), entry.customer_id, entry.weekdays) == (added.out.strip(), ana.id, [4])
    listed = run("waitlist", "list", "--shop", "Salon Lou")
    assert "Cut, Thu, from 17:00" in listed.out
    assert "+447700900511" not in listed.out
    assert "Ana Silva" in run("export", "waitlist", "--shop", "Salon Lou").out
    assert run("waitlist", "remove", str(entry.id)).code == 0
    assert entries(session)[0].status == "left"
    assert run("waitlist", "remove", str(entry.id)).code == 1


def test_a_priority_needs_its_reason(run: Run, session: Session, shop: Built) -> None:
    a_customer(session, shop, name="Ana Silva")
    session.commit()
    refused = run("waitlist", "add", "Ana Silva", "--shop", "Salon Lou", "--priority", "2")
    assert refused.code == 2
    assert "Enter the reason for the priority." in refused.err


def test_a_last_day_that_is_over_is_refused_in_the_zone_of_the_shop(
    run: Run, session: Session, shop: Built, tmp_path: Path
) -> None:
    a_customer(session, shop, name="Ana Silva", phone="+447700900511")
    session.commit()
    file = tmp_path / "waiting.csv"
    file.write_text("name,phone,date until\nAna Silva,+447700900511,2026-01-31\n")
    report = json.loads(run("waitlist", "import", str(file), "--shop", "Salon Lou", "--json").out)
    (rejected,) = report["rejected"]
    assert (rejected["column"], rejected["cell"]) == ("date until", "2026-01-31")
    refused = run("waitlist", "add", "Ana Silva", "--shop", "Salon Lou", "--date-until", "2026-01-31")
    assert (refused.code, entries(session)) == (2, [])
    assert "--date-until" in refused.err


def test_next_shows_the_line_and_names_the_rule_that_forbids_a_pick(run: Run, session: Session, shop: Built) -> None:
    ana = a_customer(session, shop, name="Ana Silva")
    a_customer(session, shop, name="Ben Okafor", sms_opt_in=False)
    insert(session, "waitlist_entries", shop_id=shop.id, customer_id=ana.id)
    slot = a_slot(session, shop)
    session.commit()
    (first,) = json.loads(run("next", str(slot.id), "--json").out)
    assert first["name"] == "Ana Silva"
    assert first["why"].startswith("On the waiting list since")
    refused = run("next", str(slot.id), "--pick", "Ben Okafor")
    assert refused.code == 1
    assert "Ben Okafor can't be asked next. Has not agreed to texts." in refused.err
    assert run("next", str(slot.id), "--skip", "Ana Silva").code == 0
    session.rollback()
    (task,) = session.execute(text("SELECT args FROM pending_tasks WHERE name = 'choose_customer'")).scalars()
    assert task == [str(slot.id), "skip", str(ana.id), "operator"]


def test_an_export_can_be_imported_again(run: Run, session: Session, shop: Built, tmp_path: Path) -> None:
    wishes = {"weekdays": "{4,5}", "time_from": "17:00", "date_until": "2037-01-31", "notice_minutes": 120}
    for name, more in (("Ana", {"priority": 2, "priority_reason": "Ill.", **wishes}), ("Ben", {"status": "left"})):
        who = a_customer(session, shop, name=name, email=f"{name}@example.com")
        insert(session, "waitlist_entries", shop_id=shop.id, customer_id=who.id, **more)
    session.commit()
    file = tmp_path / "export.csv"
    file.write_text(run("export", "waitlist", "--shop", "Salon Lou", "--full-phones").out)
    again = run("waitlist", "import", str(file), "--shop", "Salon Lou", "--json")
    report = json.loads(again.out)
    assert (report["added"], report["known"]) == (0, 1)
    assert [row["reason"] for row in report["rejected"]] == ["This entry has ended: left."]


def test_entries_with_times_and_dates_are_listed_as_json(run: Run, session: Session, shop: Built) -> None:
    ana = a_customer(session, shop, name="Ana", phone="+447700900501")
    session.commit()
    wishes = ("--time-from", "17:00", "--date-until", "2099-12-31")
    added = run("waitlist", "add", "--shop", "Salon Lou", str(ana.id), *wishes)
    assert added.code == 0, added.err

    (listed,) = json.loads(run("waitlist", "list", "--shop", "Salon Lou", "--json").out)

    assert (listed["time_from"], listed["date_until"]) == ("17:00:00", "2099-12-31")
