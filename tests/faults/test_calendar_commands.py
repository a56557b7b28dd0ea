"""Tests of `slots calendars`: each command on the real system, with the stand-ins over HTTP."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from cli.main import main
from providers.calendars.credentials import CredentialBox
from providers.calendars.registry import PROVIDERS
from settings.calendars import CalendarSettings
from settings.loading import load
from tests.faults.calendar_shop import CalendarShop
from tests.world import World


@pytest.fixture(autouse=True)
def environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    url = world.dependencies.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url.replace("+psycopg", ""))
    monkeypatch.setenv("SANDBOX_URL", world.outside.url)


def slots(*words: object, code: int = 0, stdin: str = "", **environment: str) -> str:
    """Runs a command. Returns its output, or the message of its error."""
    ended = CliRunner().invoke(main, ["calendars", *map(str, words)], input=stdin, env=environment)
    assert ended.exit_code == code, ended.output
    return ended.stdout if code == 0 else ended.output


def calendar(world: World) -> object:
    (row,) = world.rows("SELECT * FROM calendars ORDER BY created_at DESC LIMIT 1")
    return row


@pytest.fixture
def salon(world: World) -> CalendarShop:
    return CalendarShop.connected(world, "google")


@pytest.mark.quick
@pytest.mark.parametrize("kind", PROVIDERS)
def test_each_kind_is_connected_to_the_sandbox_and_read(world, kind):
    shop = world.shop(name="Salon Lou")
    option = {"square": "--token", "google": "--token", "ics": "--url"}.get(kind, "--api-key")
    made = json.loads(
        slots("connect", "--shop", "Salon Lou", "--kind", kind, option, "sandbox", "--name", "Rota", "--json")
    )
    assert made["webhook_url"] == f"{world.dependencies.app_url}/api/calendars/{made['id']}/webhook"
    assert (made["kind"], made["name"], made["read"]) == (kind, "Rota", 0)
    assert made["webhook_registered"] is (kind != "ics")
    (listed,) = json.loads(slots("list", "--shop", shop.id, "--json"))
    assert (listed["id"], listed["status"]) == (made["id"], "active")
    assert "credentials" not in listed


@pytest.mark.parametrize(
    ("words", "stdin", "environment"),
    [
        (("--api-key", "-"), "cal_live_typed\n", {}),
        ((), "", {"CALENDAR_API_KEY": "cal_live_typed"}),
        (("--api-key", "cal_live_typed"), "", {}),
    ],
)
def test_a_secret_comes_from_input_environment_or_argument(world, monkeypatch, words, stdin, environment):
    world.shop(name="Salon Lou")
    monkeypatch.setattr("providers.calendars.calcom.URL", f"{world.outside.url}/calcom")
    printed = slots("connect", "--shop", "Salon Lou", "--kind", "calcom", *words, stdin=stdin, **environment)
    stored = calendar(world)
    assert world.dependencies.calendars.box.decrypt(stored.credentials)["api_key"] == "cal_live_typed"
    assert printed.splitlines()[0] == str(stored.id)
    assert "cal_live_typed" not in printed


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--kind", "calcom"), 2, "Cal.com needs --api-key."),
        (("--kind", "acuity", "--api-key", "x"), 2, "Acuity needs --user-id."),
        (("--kind", "ics"), 2, "ICS feed needs --url."),
        (("--kind", "fax"), 2, "'fax' is not one of"),
        (("--kind", "ics", "--url", "https://10.0.0.1/a.ics"), 1, "private"),
        (("--shop", "Nobody", "--kind", "calcom", "--api-key", "sandbox"), 1, "slots shop"),
    ],
)
def test_a_wrong_connection_says_what_to_do(world, words, code, says):
    world.shop(name="Salon Lou")
    shop = () if "--shop" in words else ("--shop", "Salon Lou")
    assert says in slots("connect", *shop, *words, code=code)
    assert world.rows("SELECT 1 FROM calendars") == []


def test_without_a_sandbox_the_message_names_the_folder(world, monkeypatch):
    world.shop(name="Salon Lou")
    monkeypatch.delenv("SANDBOX_URL")
    result = slots("connect", "--shop", "Salon Lou", "--kind", "calcom", "--api-key", "sandbox", code=1)
    assert "--data .data" in result


def test_rejected_credentials_connect_nothing(world):
    world.shop(name="Salon Lou")
    world.outside.fault("calcom me", "token_revoked")
    result = slots("connect", "--shop", "Salon Lou", "--kind", "calcom", "--api-key", "sandbox", code=1)
    assert "rejects the credentials" in result
    assert world.rows("SELECT 1 FROM calendars") == []


def test_a_first_read_that_fails_names_the_calendar_and_the_next_command(world):
    world.shop(name="Salon Lou")
    world.outside.fault("calcom bookings.list", "server_error")
    result = slots("connect", "--shop", "Salon Lou", "--kind", "calcom", "--api-key", "sandbox", code=1)
    assert f"slots calendars sync {calendar(world).id}" in result


@pytest.mark.quick
def test_check_names_the_account_and_a_denial_breaks_the_calendar(salon):
    checked = json.loads(slots("check", salon.calendar_id, "--json"))
    assert (checked["account"], checked["ok"]) == ("Salon", True)
    salon.world.outside.fault("google me", "token_revoked", times=None)
    assert "Connect it again" in slots("check", salon.calendar_id, code=1)
    assert salon.status == "broken"


@pytest.mark.quick
def test_sync_reads_what_changed(salon):
    salon.books()
    read = json.loads(slots("sync", "Rota", "--json"))
    assert (read["read"], read["changes"]) == (1, {"new": 1})
    assert "nothing changed" in slots("sync", salon.calendar_id)


def test_a_paused_calendar_is_not_read_until_it_is_resumed(salon):
    assert "paused" in slots("pause", salon.calendar_id)
    slots("pause", salon.calendar_id)
    salon.books()
    assert f"slots calendars resume {salon.calendar_id}" in slots("sync", salon.calendar_id, code=1)
    assert salon.here() == []
    assert json.loads(slots("resume", "Rota", "--json"))["status"] == "active"
    salon.world.work()
    assert salon.here() == [("Nora Bell", "booked")]
    noted = "SELECT actor FROM audit_logs WHERE event = 'CalendarChanged'"
    assert [row.actor for row in salon.world.rows(noted)] == ["operator", "operator"]


def test_a_calendar_that_awaits_its_import_is_not_resumed(salon):
    """The shop must see the preview before the import."""
    awaiting = "UPDATE calendars SET status = 'paused', settings = settings || '{\"stage\": \"preview\"}'"
    salon.world.rows(awaiting)
    salon.books()
    assert "Settings, Calendars" in slots("resume", salon.calendar_id, code=1)
    slots("sync", salon.calendar_id, code=1)
    salon.world.work()
    assert salon.here() == []


@pytest.fixture
def holding(world: World) -> CalendarShop:
    """A time is held in the calendar because it is offered to a customer."""
    salon = CalendarShop.connected(world, "acuity")
    world.customer(salon.shop, "Ana")
    id = salon.books()
    salon.syncs()
    salon.cancels(id)
    salon.syncs()
    assert salon.held() == 1
    return salon


def test_disconnect_ends_webhooks_and_holds_there(holding):
    assert json.loads(slots("disconnect", holding.calendar_id, "--json"))["status"] == "disconnected"
    assert holding.held() == 0
    assert holding.requests("DELETE", path="/webhooks/")
    stored = calendar(holding.world)
    assert (stored.status, stored.credentials) == ("disconnected", None)
    holding.world.work()
    assert "There is no calendar" in slots("check", holding.calendar_id, code=1)


def test_a_hold_that_cannot_be_released_is_reported_to_staff(holding):
    holding.world.outside.fault("acuity slots.release", "server_error", times=None)
    slots("disconnect", holding.calendar_id)
    (entry,) = holding.world.rows("SELECT because FROM audit_logs WHERE event = 'needs_human'")
    assert "1 time held for offers could not be released there" in entry.because


@pytest.mark.parametrize("command", ["check", "sync", "pause", "resume", "disconnect"])
def test_an_unknown_calendar_names_the_list(salon, command):
    assert "slots calendars list" in slots(command, uuid4(), code=1)


def test_two_calendars_of_one_name_need_an_id(salon):
    CalendarShop.connected(salon.world, "google")
    assert "Several calendars" in slots("pause", "Rota", code=1)


@pytest.mark.quick
def test_the_key_rotates_and_the_old_one_is_no_longer_needed(salon, monkeypatch):
    old, new = "old-key-0123456789abcdef", "new-key-0123456789abcdef"

    def box(keys: str) -> CredentialBox:
        monkeypatch.setenv("CALENDAR_KEYS", keys)
        return CredentialBox(load(CalendarSettings))

    kept = salon.world.dependencies.calendars.box
    credentials = kept.decrypt(calendar(salon.world).credentials)
    encrypted = box(old).encrypt(credentials)
    salon.world.rows("UPDATE calendars SET credentials = :new", new=encrypted)
    monkeypatch.setattr(salon.world.dependencies.calendars, "box", box(f"{new},{old}"))
    assert json.loads(slots("rotate-key", "--json")) == {"rotated": 1}
    assert box(new).decrypt(calendar(salon.world).credentials) == credentials
    # New credentials that have not been checked yet are also re-encrypted, and are still checked later.
    salon.world.rows("UPDATE calendars SET new_credentials = :new", new=encrypted)
    slots("rotate-key")
    monkeypatch.setattr(salon.world.dependencies.calendars, "box", box(new))
    assert box(new).decrypt(calendar(salon.world).new_credentials) == credentials
    salon.world.work()
    assert calendar(salon.world).new_credentials is None
    assert (calendar(salon.world).status, calendar(salon.world).last_error) == ("active", None)
    salon.world.rows(
        "UPDATE calendars SET credentials = :new", new=Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    )
    assert "Nothing was changed" in slots("rotate-key", code=1)
