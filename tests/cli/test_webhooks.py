"""Tests of the commands that manage webhook endpoints and follow events."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from cli.main import main
from tests.builders import a_shop, a_slot


@pytest.fixture
def shop(session, database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    made = a_shop(session, name="Salon Lou")
    session.commit()
    return made


def slots(*words, code=0):
    ended = CliRunner().invoke(main, list(words))
    assert ended.exit_code == code, ended.output
    return ended.stderr if code else ended.stdout


def test_an_endpoint_from_its_creation_to_its_end(session, shop):
    url = "https://hooks.example/x"
    made = json.loads(slots("webhooks", "create", "--shop", "Salon Lou", "--url", url, "--json"))
    assert made["secret"].startswith("whsec_")
    (listed,) = json.loads(slots("webhooks", "list", "--json"))
    assert (listed["id"], listed["url"], listed["status"]) == (made["id"], url, "enabled")
    assert "secret" not in listed
    a_slot(session, shop)
    session.commit()
    delivery = slots("webhooks", "test", made["id"]).strip()
    shown = json.loads(slots("webhooks", "deliveries", made["id"], "--json"))
    assert [one["event_type"] for one in shown] == ["endpoint.test", "slot.opened"]
    assert shown[0]["id"] == delivery
    slots("webhooks", "resend", delivery)
    assert slots("webhooks", "rotate-secret", made["id"]).strip() != made["secret"]
    slots("webhooks", "disable", made["id"])
    slots("webhooks", "test", made["id"], code=1)
    slots("webhooks", "enable", made["id"])
    slots("webhooks", "delete", made["id"])
    assert json.loads(slots("webhooks", "list", "--json")) == []


@pytest.mark.parametrize(
    "wrong", [["--url", "http://10.0.0.1/"], ["--url", "https://a.example", "--type", "slot.sold"]]
)
def test_refused_calls(shop, wrong):
    assert wrong[-2] in slots("webhooks", "create", "--shop", "Salon Lou", *wrong, code=2)


def test_events_are_followed(session, shop):
    a_slot(session, shop)
    session.commit()
    command = [sys.executable, "-c", "from cli.main import main; main()", "events", "--follow", "--from-start"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    ) as run:
        try:
            first = json.loads(run.stdout.readline())
            session.execute(text("UPDATE slot_openings SET status = 'expired'"))
            session.commit()
            second = json.loads(run.stdout.readline())
        finally:
            run.terminate()
    assert (first["type"], second["type"]) == ("slot.opened", "slot.closed")


def test_a_shop_must_be_named_where_there_are_several(session, shop):
    a_shop(session)
    session.commit()
    assert "--shop" in slots("events", "--follow", code=1)
