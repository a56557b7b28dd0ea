"""The commands in the how-to guides have the effects that the guides describe."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from cli.local.servers.embedded_postgres import Postgres, program
from cli.main import main
from db import migrating
from db.sessions import sessions
from providers.stripe.stripe_events import SUBSCRIBED
from tests.builders import a_shop, a_slot
from tests.deploy.files import ROOT
from tests.servers import engine_on

PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))
COMMAND = re.compile(r"(?:^|`|/|tools |  )slots ([a-z]+)", re.MULTILINE)


@pytest.mark.long
def test_a_dump_is_restored_by_the_role_that_owns_the_database(own_postgres: Postgres, tmp_path: Path) -> None:
    migrating.upgrade(own_postgres.url)
    with engine_on(own_postgres.url) as made, sessions(made).begin() as session:
        a_slot(session, a_shop(session))
    address = make_url(own_postgres.url)
    variables = {
        "PGHOST": address.host,
        "PGPORT": str(address.port),
        "PGUSER": "slots",
        "PGPASSWORD": address.password,
    }

    def run(name: str, *arguments: object) -> None:
        subprocess.run([program(name), *map(str, arguments)], env=os.environ | variables, check=True)

    run("pg_dump", "--format=custom", "--file", tmp_path / "slots.dump", "slots")
    run("dropdb", "slots")
    run("createdb", "--owner=slots", "slots")
    run("pg_restore", "--dbname=slots", "--no-owner", "--exit-on-error", tmp_path / "slots.dump")
    migrating.upgrade(own_postgres.url)

    assert migrating.current(own_postgres.url) == migrating.head()
    with psycopg.connect(own_postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM slot_openings").fetchone() == (1,)
        connection.execute("SET LOCAL ROLE slots_dashboard")
        assert connection.execute("SELECT count(*) FROM slot_openings").fetchone() == (0,)


def test_every_event_of_stripe_that_is_acted_on_is_asked_for() -> None:
    page = (ROOT / "docs/how-to/own-test-keys.md").read_text(encoding="utf-8")
    assert [name for name in SUBSCRIBED if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_that_is_named_is_there(page: Path) -> None:
    named = set(COMMAND.findall(page.read_text(encoding="utf-8")))
    assert named - set(main.commands_at) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"`((?:deploy|requirements|docs)/[\w./-]+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
