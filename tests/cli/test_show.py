"""Tests of `slots show` and `slots list`, run in separate processes on a database with one recovery."""

from __future__ import annotations

import subprocess

import pytest

from db import audit
from db.tasks import pending_tasks
from tests import builders
from tests.builders import in_
from tests.cli.commands import bare, command, on_a_terminal, slots


def test_any_id_of_a_recovery_shows_its_timeline(database_url, recovery):
    for pasted in (recovery.slot.id, recovery.offer.id, recovery.message.provider_id, recovery.ana.phone):
        result = slots("show", pasted, DATABASE_URL=database_url)

        assert result.code == 0
        (line,) = [line for line in result.out.splitlines() if "Ana was asked" in line]
        assert "Text: not delivered. The phone is switched off or out of reach." in line
        assert "Ana was texted the offer" not in result.out


def test_every_entry_is_shown_if_asked_for(database_url, recovery):
    result = slots("show", recovery.slot.id, "--all", DATABASE_URL=database_url)

    assert result.out.index("Ana was asked") < result.out.index("Ana was texted the offer")
    assert "Not delivered. The phone is switched off or out of reach." in result.out


def test_phones_are_masked_unless_asked_for(database_url, recovery):
    masked = slots("show", recovery.slot.id, "--all", DATABASE_URL=database_url)
    as_json = slots("show", recovery.slot.id, "--json", DATABASE_URL=database_url)
    whole = slots("show", recovery.slot.id, "--full-phones", DATABASE_URL=database_url)

    assert recovery.ana.phone not in masked.out + as_json.out
    assert recovery.ana.phone in whole.out


def test_programs_get_the_whole_story_as_json(database_url, recovery):
    result = slots("show", recovery.offer.id, "--json", DATABASE_URL=database_url).json

    assert result["recovery"]["stage"] == "Offering"
    text = next(entry for entry in result["entries"] if entry["message_id"])
    meanings = {detail["name"]: detail["meaning"] for detail in text["details"]}
    assert meanings["code"] == "The phone is switched off or out of reach."


def test_new_entries_are_printed_as_they_occur(database_url, session, recovery):
    environment = bare() | {"DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1"}
    words = command("show", recovery.slot.id, "--follow")
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as run:
        try:
            while "Ana was asked" not in run.stdout.readline():
                pass
            stopped = {"event": "SlotStopped", "reason": "Mia stopped it."}
            audit.note(session, **stopped, shop_id=recovery.shop.id, slot_opening_id=recovery.slot.id, actor="staff")
            session.commit()
            while "Mia stopped it." not in (line := run.stdout.readline()):
                assert line
        finally:
            run.terminate()


def test_follow_cannot_be_combined_with_json(database_url, recovery):
    assert slots("show", recovery.slot.id, "--follow", "--json", DATABASE_URL=database_url).code == 2


def test_a_system_that_runs_here_is_used_unless_another_is_named(database_url, recovery, tmp_path):
    (tmp_path / ".data").mkdir()
    (tmp_path / ".data" / "env").write_text(f"DATABASE_URL={database_url}\n")
    assert slots("show", recovery.slot.id, cwd=tmp_path).code == 0
    assert slots("show", recovery.slot.id, cwd=tmp_path, DATABASE_URL="postgresql://127.0.0.1:1/x").code == 1
    (tmp_path / "elsewhere").write_text("postgresql://127.0.0.1:1/x")
    named = {"DATABASE_URL_FILE": str(tmp_path / "elsewhere")}
    assert slots("show", recovery.slot.id, cwd=tmp_path, **named).code == 1
    assert "DATABASE_URL" in slots("show", recovery.slot.id, cwd=tmp_path / ".data").err


def test_a_parked_task_is_shown_with_the_next_command(database_url, session, recovery):
    task = pending_tasks.add(session, "send_next_offer", recovery.slot.id, shop_id=recovery.shop.id)
    pending_tasks.park(session, task, "TimeoutError: nobody there", attempts=0)
    session.commit()

    result = slots("show", recovery.slot.id, DATABASE_URL=database_url)

    assert f"{task}\n      TimeoutError: nobody there" in result.out
    assert "slots pending retry" in result.err


def test_a_phone_with_several_recoveries_lists_them(database_url, session, recovery):
    later = builders.a_slot(session, recovery.shop, starts_at=in_(hours=72))
    builders.an_offer(session, later, recovery.ana, status="expired")
    session.commit()

    result = slots("show", recovery.ana.phone, DATABASE_URL=database_url)

    assert result.code == 3
    assert {str(later.id), str(recovery.slot.id)} <= set(result.out.split())
    assert "slots show <id>" in result.err


def test_an_unknown_id_says_what_to_type_next(database_url, recovery):
    result = slots("show", "pi_unknown", DATABASE_URL=database_url)

    assert (result.code, result.out) == (1, "")
    assert "slots list" in result.err


def test_lists_show_the_stage_of_each_recovery(database_url, session, recovery):
    builders.a_slot(session, recovery.shop, starts_at=in_(hours=72), status="expired")
    session.commit()

    everything = slots("list", "--json", DATABASE_URL=database_url).json
    closed = slots("list", "--json", "--status", "expired", DATABASE_URL=database_url).json
    offering = slots("list", "--status", "offering", "--shop", recovery.shop.name, DATABASE_URL=database_url)

    assert [one["stage"] for one in everything] == ["Closed", "Offering"]
    assert [one["status"] for one in closed] == ["expired"]
    assert {str(recovery.slot.id), "Ana"} <= set(offering.out.split())
    assert recovery.ana.phone not in offering.out


def test_a_truncated_list_says_so(database_url, session, recovery):
    builders.a_slot(session, recovery.shop, starts_at=in_(hours=72))
    session.commit()

    cut = slots("list", "--limit", 1, DATABASE_URL=database_url)

    assert "Only the first" in cut.err
    assert "Only the first" not in cut.out


@pytest.mark.parametrize("words", [("list", "--shop", "Nobody's"), ("show", "x")])
def test_an_unknown_id_exits_with_one(database_url, words):
    assert slots(*words, DATABASE_URL=database_url).code == 1


@pytest.mark.parametrize("url", ["", "mysql://x", "postgresql://nobody:x@127.0.0.1:1/none"])
def test_without_a_database_the_message_says_where_to_look(url):
    result = slots("list", DATABASE_URL=url)

    assert (result.code, result.out) == (1, "")
    assert "slots doctor" in result.err


@pytest.mark.long
def test_colours_are_for_terminals_and_never_with_no_color(database_url, recovery):
    env = {"DATABASE_URL": database_url, "TERM": "xterm"}

    assert "\x1b[" not in slots("show", recovery.slot.id, **env).out
    assert "\x1b[" in on_a_terminal("show", recovery.slot.id, **env)
    assert "\x1b[" not in on_a_terminal("show", recovery.slot.id, **env, NO_COLOR="1")


class Recovery:
    """A recovery in which Ana's offer is open but its text was not delivered."""

    def __init__(self, session):
        self.shop = builders.a_shop(session)
        self.slot = builders.a_slot_freed_by(session, builders.a_customer(session, self.shop, name="Zoe"))
        self.ana = builders.a_customer(session, self.shop)
        self.offer = builders.an_offer(session, self.slot, self.ana, sent_at=in_(minutes=-1))
        ids = {"shop_id": self.shop.id, "slot_opening_id": self.slot.id, "slot_offer_id": self.offer.id}
        audit.note(session, event="CustomerChosen", reason="First in line.", **ids)
        self.message = builders.a_message(
            session,
            self.ana,
            slot_offer_id=self.offer.id,
            purpose="offer",
            body="A slot opened.",
            status="undelivered",
            error_code="30003",
            provider_id="SM" + "1" * 32,
        )


@pytest.fixture
def recovery(session):
    made = Recovery(session)
    session.commit()
    return made
