"""Commands of operators: running a job, a dry run, and the list of all jobs with their last runs."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from cli.main import main
from db.tasks.pending_tasks import add
from tests.builders import a_customer, a_payment, a_shop, an_appointment, insert, reload
from tests.cli.commands import slots
from tests.world import World
from worker.periodic.periodic_jobs import JOBS


def test_a_rehearsal_lists_and_changes_nothing(world: World, session: Session, now: datetime) -> None:
    shop = a_shop(session)
    stale = an_appointment(
        session,
        a_customer(session, shop),
        status="pending_payment",
        starts_at=now + timedelta(days=3),
        created_at=now - timedelta(hours=30),
    )
    disputed = an_appointment(
        session,
        a_customer(session, shop),
        status="pending_payment",
        starts_at=now + timedelta(days=4),
        created_at=now - timedelta(hours=30),
    )
    a_payment(session, disputed, status="disputed")
    insert(session, "notifications", shop_id=shop.id, created_at=now - timedelta(days=40), read_at=now)
    session.commit()
    ran = slots("run", "run_all_cleanup_jobs", "--dry-run", "--json", **world.environment)
    lines = ran.json
    assert [line["job"] for line in lines] == ["cleanup_stale_bookings", "cleanup_old_notifications"]
    assert lines[0]["id"] == str(stale.id)
    assert "2 to do. Nothing was changed." in ran.err
    assert reload(session, "appointments", stale.id).status == "pending_payment"
    assert world.one("SELECT count(*) FROM notifications") == 1
    assert world.one("SELECT count(*) FROM job_runs") == 0


def test_a_rehearsal_of_the_reminders_lists_only_who_would_get_one(
    world: World, session: Session, now: datetime
) -> None:
    shop = a_shop(session, timezone="UTC")
    night = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_until": (now + timedelta(hours=2)).time()}
    asleep = a_customer(session, a_shop(session, timezone="UTC", **night))
    without_a_number = a_customer(session, shop, phone=None)
    ana = a_customer(session, shop, email="ana@example.com")
    for hours, customer in enumerate((ana, asleep, without_a_number), start=20):
        an_appointment(session, customer, starts_at=now + timedelta(hours=hours), created_at=now - timedelta(days=3))
    session.commit()
    lines = [would for _, _, would in JOBS["send_booking_reminders"].preview(world.dependencies)]
    assert [line.partition(" UTC ")[2] for line in lines] == ["by SMS and e-mail"]


def test_a_rehearsal_with_nothing_to_do_says_so_in_words_and_as_json(world: World) -> None:
    ran = slots("run", "run_all_cleanup_jobs", "--dry-run", "--json", **world.environment)
    assert (ran.code, ran.json) == (0, [])
    assert "Nothing to do. Nothing was changed." in ran.err


def test_a_job_run_by_hand_answers_as_the_route_does(world: World, session: Session, now: datetime) -> None:
    an_appointment(session, a_customer(session, a_shop(session)), starts_at=now - timedelta(hours=5))
    session.commit()
    ran = slots("run", "resolve_outcomes", **world.environment)
    assert (ran.code, ran.json) == (0, {"total": 1, "settled": 1, "voided": 0, "errors": []})


def test_draining_says_in_sentences_what_was_done(world: World, session: Session, now: datetime) -> None:
    result = slots("drain", **world.environment)
    assert (result.code, result.out) == (0, "No offer expired.\nNo task was due.\n")
    add(session, "answer_canary", "sweeps")
    session.commit()
    assert slots("drain", **world.environment).out.splitlines()[1:] == ["Ran 1 task:", "     1  answer_canary"]
    assert slots("drain", "--json", **world.environment).json == {
        "ran": {},
        "swept": {"total": 0, "expired": 0, "triggered": 0, "errors": []},
    }


@pytest.mark.parametrize("words", [("drain",), ("run", "resolve_outcomes")], ids=" ".join)
def test_without_settings_or_a_database_a_command_says_what_is_missing(world: World, words: tuple[str, ...]) -> None:
    unset = slots(*words)
    assert (unset.code, unset.out) == (1, "")
    assert unset.err.startswith("DATABASE_URL is not set")
    nobody_listens = {"DATABASE_URL": "postgresql://slots@127.0.0.1:1/slots"}
    unreachable = slots(*words, **world.environment | nobody_listens)
    assert (unreachable.code, unreachable.out) == (1, "")
    assert unreachable.err.startswith("The database does not respond: ")


def test_an_unknown_job_is_answered_with_the_list_of_jobs() -> None:
    ran = CliRunner().invoke(main, ["run", "make_coffee"])
    assert ran.exit_code == 2
    assert "resolve_outcomes" in ran.stderr


def test_the_list_of_jobs_shows_the_last_run_of_each(world: World) -> None:
    world.perform("cleanup_expired_otps")
    # The commands run in this process, because a new process takes a second to start.
    typed = CliRunner(env=world.environment)
    listed = {job["job"]: job["last_run"] for job in json.loads(typed.invoke(main, ["jobs", "--json"]).stdout)}
    assert listed["cleanup_expired_otps"]["done"] == 0
    assert listed["cleanup_expired_otps"]["overdue"] is False
    assert listed["send_booking_reminders"] is None
    never_run = next(line for line in typed.invoke(main, ["jobs"]).stdout.splitlines() if "booking_reminders" in line)
    assert re.fullmatch(r"send_booking_reminders +never +\w{3} \d\d \w{3} \d\d:05", never_run)
