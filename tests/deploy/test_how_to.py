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
from tests.deploy.small_disk import small_disk
from tests.servers import engine_on

PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))
RESTORING = (ROOT / "docs/how-to/restoring.md").read_text(encoding="utf-8")
(NIGHTLY_DUMP,) = re.findall("## A nightly dump\n+```sh\n(.*?)```", RESTORING, re.DOTALL)
RESTORE = re.findall("^.* pg_restore .*--dbname=slots .* < ", RESTORING, re.MULTILINE)[0] + "{}"
COMMAND = re.compile(r"(?:^|`|/|tools |  )slots ([a-z]+)", re.MULTILINE)


@pytest.mark.long
def test_a_dump_is_restored_by_the_role_that_owns_the_database(own_postgres: Postgres, tmp_path: Path) -> None:
    migrating.upgrade(own_postgres.url)
    with engine_on(own_postgres.url) as made, sessions(made).begin() as session:
        a_slot(session, a_shop(session))
    assert in_shell(own_postgres, NIGHTLY_DUMP, tmp_path).returncode == 0
    (dump,) = tmp_path.glob("slots-*.dump")

    assert in_shell(own_postgres, "dropdb slots && createdb --owner=slots slots", tmp_path).returncode == 0
    half = tmp_path / "half"
    half.write_bytes(dump.read_bytes()[: dump.stat().st_size // 3])
    assert in_shell(own_postgres, RESTORE.format(half.name), tmp_path).returncode != 0
    assert migrating.current(own_postgres.url) is None
    assert in_shell(own_postgres, RESTORE.format(dump.name), tmp_path).returncode == 0
    migrating.upgrade(own_postgres.url)

    assert migrating.current(own_postgres.url) == migrating.head()
    with psycopg.connect(own_postgres.url) as connection:
        assert connection.execute("SELECT count(*) FROM slot_openings").fetchone() == (1,)
        connection.execute("SET LOCAL ROLE slots_dashboard")
        assert connection.execute("SELECT count(*) FROM slot_openings").fetchone() == (0,)


@pytest.mark.long
def test_an_incomplete_dump_keeps_another_name(own_postgres: Postgres, tmp_path: Path) -> None:
    migrating.upgrade(own_postgres.url)
    with small_disk(tmp_path / "small", size="64k") as small:
        failed = in_shell(own_postgres, NIGHTLY_DUMP, small)
        assert (failed.returncode, "No space left on device" in failed.stderr) == (1, True), failed.stderr
        assert [file.name for file in small.iterdir()] == ["slots.part"]
    # A client may also report success though it has lost the end of its output.
    cut = NIGHTLY_DUMP.replace("> slots.part", "| head -c 50000 > slots.part")
    assert in_shell(own_postgres, cut, tmp_path).returncode != 0
    assert list(tmp_path.glob("*.dump")) == []


def in_shell(server: Postgres, commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the commands of a page in the folder, but outside of a container."""
    address = make_url(server.url)
    variables = {
        "PATH": f"{program('pg_dump').parent}:{os.environ['PATH']}",
        "PGHOST": str(address.host),
        "PGPORT": str(address.port),
        "PGUSER": "slots",
        "PGPASSWORD": str(address.password),
    }
    plain = commands.replace("docker compose exec -T postgres ", "")
    return subprocess.run(
        ["sh", "-c", plain], cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False
    )


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
