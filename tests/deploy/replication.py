"""A Postgres that archives its write-ahead log, and copies of it: a standby or a restored backup."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from cli.local.servers.embedded_postgres import SUPERUSER, Postgres, program
from cli.local.servers.private_files import kept
from cli.local.servers.unprivileged import identity_for

REPLICATED = {"wal_level": "replica", "max_wal_senders": "4", "fsync": "off", "hot_standby": "on"}
# Files in the folder of an embedded server that are not part of the database.
SECRETS = ("password", "superuser-password")


class Copy(Postgres):
    """A server whose data is a copy of another server's data."""

    def _says_ready(self) -> bool:
        """Also accepts the state `standby`, which a server in recovery reports once it accepts connections."""
        state = self.data / "postmaster.pid"
        lines = state.read_text().splitlines() if state.exists() else []
        return len(lines) > 7 and lines[0].strip() == str(self.pid) and lines[7].strip() in {"ready", "standby"}


def start_primary(folder: Path, **settings: str) -> Postgres:
    """Starts a server that accepts replication connections with the superuser's password."""
    primary = Postgres(folder, settings=REPLICATED | settings).start()
    with (primary.data / "pg_hba.conf").open("a") as access:
        access.write("host replication all 127.0.0.1/32 scram-sha-256\n")
    as_superuser(primary, "SELECT pg_reload_conf()")
    return primary


def base_backup(primary: Postgres, folder: Path, *options: str) -> Copy:
    """Copies the server with pg_basebackup. The copy is not started."""
    copy = Copy(folder, settings=primary.settings)
    copy.folder.mkdir()
    for name in SECRETS:
        shutil.copy2(primary.folder / name, copy.folder / name)
    run_as_superuser(primary, "pg_basebackup", "-D", str(copy.data), "--checkpoint=fast", *options)
    owner = identity_for(program("initdb"), copy.folder).owner
    for path in (copy.data, *copy.data.rglob("*")):
        os.chown(path, owner, -1, follow_symlinks=False)
    (copy.folder / "made").touch()
    return copy


def superuser_url(server: Postgres) -> str:
    password = kept(server.folder / "superuser-password")
    return make_url(server.url).set(username=SUPERUSER, password=password).render_as_string(hide_password=False)


def as_superuser(server: Postgres, statement: str) -> Any:
    """Runs a statement as the superuser and returns the first row."""
    with psycopg.connect(superuser_url(server), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def run_as_superuser(server: Postgres, name: str, *arguments: str) -> None:
    """Runs a client program of Postgres as the superuser."""
    login: Mapping[str, str] = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": SUPERUSER,
        "PGPASSWORD": kept(server.folder / "superuser-password") or "",
    }
    subprocess.run([program(name), *arguments], env=os.environ | login, check=True, capture_output=True, text=True)
