"""The restore drill restores a base backup and the write-ahead log to a time between two changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cli.local.servers.embedded_postgres import SUPERUSER, Postgres, program
from cli.local.servers.free_ports import free_port
from cli.local.servers.unprivileged import identity_for
from db import migrating
from db.sessions import sessions
from tests.builders import a_shop
from tests.deploy.files import ROOT
from tests.deploy.replication import as_superuser, base_backup, start_primary
from tests.deploy.small_disk import small_disk
from tests.servers import engine_on, patient
from tests.waiting import PATIENCE_SECONDS, wait_for

SCRIPT = ROOT / "deploy/postgres/restore-drill.sh"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    return folder


@pytest.fixture
def primary(tmp_path: Path, archive: Path) -> Iterator[Postgres]:
    server = start_primary(
        tmp_path / "primary", archive_mode="on", archive_command=f"cp %p {archive}/%f", archive_timeout="60"
    )
    migrating.upgrade(server.url)
    yield server
    server.stop()


@pytest.mark.long
@pytest.mark.parametrize("elsewhere", [(), ("postgresql.conf", "pg_hba.conf")], ids=["usual", "Debian"])
def test_a_backup_is_restored_to_the_moment_before_a_mistake(
    elsewhere: tuple[str, ...], primary: Postgres, archive: Path, tmp_path: Path
) -> None:
    """`elsewhere`: files that the backup does not contain, because Debian stores them in another folder."""
    add_a_shop(primary, "Before the backup")
    backup = base_backup(primary, tmp_path / "backup")
    for name in elsewhere:
        (backup.data / name).unlink()
    add_a_shop(primary, "After the backup")
    (moment,) = as_superuser(primary, "SELECT clock_timestamp()::text")
    with psycopg.connect(primary.url) as connection:
        connection.execute("DELETE FROM shops")
    archive_everything(primary, archive)

    done = drill(primary, backup.data, archive, tmp_path / "restored", TARGET=moment)

    log = tmp_path / "restored" / "restore.log"
    assert done.returncode == 0, done.stdout + done.stderr + (log.read_text() if log.exists() else "")
    output = done.stdout
    assert f"schema: {migrating.head()}" in output
    assert "shops: 2" in output
    assert "After the backup\nBefore the backup" in output
    assert output.rstrip().endswith("restored")
    with psycopg.connect(primary.url) as connection:
        assert connection.execute("SELECT count(*) FROM shops").fetchone() == (0,), "the running server was changed"

    failed = drill(primary, backup.data, archive, tmp_path / "failed", TARGET=moment, DATABASE="nowhere")
    assert failed.returncode != 0
    assert "nowhere" in failed.stderr
    assert not (tmp_path / "failed" / "postmaster.pid").exists(), "the restored server still runs"


@pytest.mark.long
def test_a_restore_that_does_not_fit_says_so_and_leaves_nothing(
    primary: Postgres, archive: Path, tmp_path: Path
) -> None:
    backup = base_backup(primary, tmp_path / "backup")
    with small_disk(tmp_path / "small", size="10m") as small:
        done = drill(primary, backup.data, archive, small / "restored", TARGET="2026-11-21 10:15:00+00")
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
        assert re.match("not restored: .*No space left on device", done.stderr)
        assert not (small / "restored").exists()


def add_a_shop(server: Postgres, name: str) -> None:
    with engine_on(patient(server.url)) as engine, sessions(engine).begin() as session:
        a_shop(session, name=name)


def archive_everything(server: Postgres, archive: Path) -> None:
    (segment,) = as_superuser(server, "SELECT pg_walfile_name(pg_switch_wal())")
    wait_for(lambda: (archive / segment).exists(), "the last segment to be archived")


def drill(
    server: Postgres, backup: Path, archive: Path, place: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Runs the script as Postgres's user, because Postgres refuses to run as root. The script gets no password."""
    folder = place.parent
    identity = identity_for(program("initdb"), folder)
    for path in (folder, archive, *archive.iterdir()):
        path.chmod(0o777)
    environment = {
        "PATH": f"{program('pg_ctl').parent}:{os.environ['PATH']}",
        "BACKUP": str(backup),
        "ARCHIVE": str(archive),
        "FOLDER": str(place),
        "PORT": str(free_port()),
        "PGUSER": SUPERUSER,
        "OPTIONS": f"-c max_connections={server.settings['max_connections']}",
        "CHECK": "SELECT name FROM shops ORDER BY name",
    }
    script = folder / SCRIPT.name
    shutil.copy(SCRIPT, script)
    script.chmod(0o755)
    return subprocess.run(
        ["sh", script],
        env=environment | settings,
        cwd=folder,
        preexec_fn=identity.take,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
