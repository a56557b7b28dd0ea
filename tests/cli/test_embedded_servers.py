"""The embedded servers start, recover from crashes, and write only to their folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from cli.local.servers.embedded_postgres import Postgres, program
from cli.local.servers.embedded_server import EmbeddedServer
from cli.local.servers.embedded_valkey import Valkey
from cli.local.servers.free_ports import free_port, take_port
from cli.local.servers.start_errors import DidNotStartError
from cli.local.servers.unprivileged import Identity, identity_for, ways_here
from tests.architecture.sources import ROOT
from tests.cli.checkouts import copy_wheels

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about root")


def test_a_killed_postgres_is_restarted_at_its_address_with_its_data(postgres: Postgres) -> None:
    remember(postgres, "kept")
    address, first_pid = postgres.url, postgres.pid

    kill(postgres)
    postgres.start()

    assert postgres.url == address
    assert postgres.pid != first_pid
    assert recall(postgres) == "kept"


def test_a_killed_valkey_is_restarted_at_its_address_with_its_data(valkey: Valkey) -> None:
    address = valkey.url
    with redis.Redis.from_url(address) as client:
        client.set("name", "kept")
        client.execute_command("WAITAOF", 1, 0, 0)  # The file is written every second.

    kill(valkey)
    valkey.start()

    assert valkey.url == address
    with redis.Redis.from_url(address) as client:
        assert client.get("name") == b"kept"


@pytest.mark.long
def test_stopping_and_starting_again_in_the_same_folder_keeps_data_and_password(postgres: Postgres) -> None:
    remember(postgres, "kept")
    postgres.stop()

    again = Postgres(postgres.folder).start()
    try:
        assert again.url == postgres.url
        assert recall(again) == "kept"
    finally:
        again.stop()


def test_a_port_that_was_taken_in_the_meantime_is_replaced(valkey: Valkey, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "port").write_text(str(valkey.port))

    other = Valkey(tmp_path / "other").start()
    try:
        assert other.port != valkey.port
    finally:
        other.stop()


def test_the_password_is_asked_for(unchanged_postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://slots:wrong@127.0.0.1:{unchanged_postgres.port}/slots")


def test_the_role_creates_databases_and_roles_but_is_not_a_superuser(unchanged_postgres: Postgres) -> None:
    with psycopg.connect(unchanged_postgres.url) as connection:
        asked = "SELECT rolcreatedb, rolcreaterole, rolsuper FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(asked).fetchone() == (True, True, False)


def test_both_keep_to_loopback_and_to_their_folder(unchanged_postgres: Postgres, valkey: Valkey) -> None:
    for server in (unchanged_postgres, valkey):
        processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        listening = {at.laddr.ip for at in processes[0].net_connections() if at.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
        for path in files_of(processes):
            assert path.is_relative_to(server.folder), path


def test_valkey_never_drops_a_message_to_make_room(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


@pytest.mark.long
def test_a_first_start_that_was_interrupted_begins_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("18\n")

    server = Postgres(tmp_path).start()
    try:
        assert server.running
        remember(server, "kept")
    finally:
        server.stop()


@pytest.mark.long
def test_a_pid_file_that_by_now_names_another_server_stops_nobody(postgres: Postgres, tmp_path: Path) -> None:
    other = Postgres(tmp_path / "other").start()
    kill(postgres)
    lines = (postgres.data / "postmaster.pid").read_text().splitlines()
    (postgres.data / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")

    postgres.start()

    assert postgres.running
    assert other.running
    other.stop()


def test_servers_of_an_earlier_run_are_stopped_first(valkey: Valkey) -> None:
    again = Valkey(valkey.folder).start()
    try:
        assert not valkey.running
        assert again.running
    finally:
        again.stop()


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    with pytest.raises(DidNotStartError, match="no-such-setting"):
        Valkey(tmp_path, settings={"no-such-setting": "1"}).start()


@pytest.mark.long
@pytest.mark.parametrize("way", ways_here(), ids=lambda way: way.name)
def test_each_way_to_run_postgres_works_below_private_folders(way: Identity, tmp_path: Path) -> None:
    """Each method must work alone, because a machine may support only one method.

    Both the programs and the data are in a folder with mode 0700.
    """
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    copy_wheels(private)
    initdb = private / program("initdb").relative_to(program("initdb").parents[3])
    before = set(private.iterdir())

    assert identity_for(initdb, private, ways=(way,)) == way

    assert set(private.iterdir()) == before


@pytest.mark.long
@only_root
def test_root_starts_it_below_a_folder_of_another_user(tmp_path: Path) -> None:
    """For example, a user runs the command with sudo in their own home directory."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 54_321, 54_321)

    with_a_home = Postgres(home / "postgres").start()

    with psycopg.connect(with_a_home.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with_a_home.stop()


@pytest.mark.long
@only_root
def test_a_remaining_server_is_found_without_the_permission_to_inspect_it(postgres: Postgres) -> None:
    """For example, root in a container finds a Postgres that runs as another user."""
    start = (
        f"from cli.local.servers.embedded_postgres import *; Postgres(Path({str(postgres.folder)!r})).start().stop()"
    )
    limited = ("setpriv", "--bounding-set=-sys_ptrace", sys.executable, "-c", start)

    done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert not postgres.running


@only_root
def test_root_that_cannot_change_its_user_gets_advice(tmp_path: Path) -> None:
    initdb = program("initdb")
    root = Identity("root", lambda: None, 0)

    with pytest.raises(DidNotStartError, match=r"ordinary user.*DATABASE_URL(?s:.*)as root: .*cannot be run as root"):
        identity_for(initdb, tmp_path, ways=(root,))


def test_two_systems_that_start_together_get_two_ports() -> None:
    wanted = free_port()

    (first, token), (second, other_token) = take_port(wanted), take_port(wanted)
    with token, other_token:
        assert first == wanted
        assert second != wanted


def kill(server: EmbeddedServer) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()


def remember(server: Postgres, text: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE remembered (text text)")
        connection.execute("INSERT INTO remembered VALUES (%s)", [text])


def recall(server: Postgres) -> str:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT text FROM remembered").fetchone()
    assert row is not None
    return str(row[0])


def files_of(processes: list[psutil.Process]) -> Iterator[Path]:
    """Yields the files that the processes hold open."""
    for process in processes:
        for file in process.open_files():
            yield Path(file.path)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def unchanged_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server for the tests that do not change it."""
    server = Postgres(tmp_path_factory.mktemp("unchanged")).start()
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey").start()
    yield server
    server.stop()
