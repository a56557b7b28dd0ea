"""Tests of `slots up` as a user runs it: the whole system with real processes and sockets."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from cli.local.addresses import ENV_FILE_NAMES, PIDS, USUAL_PORTS
from cli.local.dotenv import read_dotenv
from cli.local.kept_ports import keep_ports, kept_ports
from cli.local.servers.free_ports import free_port
from tests.effort import long_except

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_SECONDS = 60


class Up:
    """A running `slots up` and its folder."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        if not kept_ports(data):
            # Another test process may start a system at the same time and take the default ports.
            data.mkdir(mode=0o700, exist_ok=True)
            keep_ports(data, {name: free_port() for name in USUAL_PORTS})
        self.process = slots("up", "--data", str(data), *options)

    def ready(self) -> "Up":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.process.communicate()[1]
        return self

    @property
    def env(self) -> dict[str, str]:
        return read_dotenv(self.data / "env")

    def pids(self, *names: str) -> list[int]:
        env = self.env
        return [int(pid) for name in names or PIDS for pid in env[name].split(",")]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate(timeout=20)
        return self.process.returncode


def test_ready_means_that_everything_answers(up: Up) -> None:
    env = up.env

    assert {*ENV_FILE_NAMES, *PIDS} == set(env)
    assert all(env.values())
    assert status_of(env["WEB_URL"] + "/readyz") == 200
    assert status_of(env["SANDBOX_URL"] + "/phones") == 200
    assert status_of(env["FLOWER_URL"] + "/tasks") == 401
    assert redis.Redis.from_url(env["REDIS_URL"]).ping()
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM shops").fetchone() == (0,)


def test_a_second_one_on_the_same_folder_says_what_to_do(up: Up) -> None:
    second = slots("up", "--data", str(up.data))

    said, complaint = second.communicate(timeout=20)

    assert (second.returncode, said) == (1, "")
    assert f"kill {up.process.pid}" in complaint
    assert "--data" in complaint


@pytest.mark.parametrize("name", long_except(PIDS, "PID_WORKER"))
def test_whatever_is_killed_comes_back_at_the_same_address(up: Up, name: str) -> None:
    before, killed = up.env, up.pids(name)

    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    await_condition(lambda: not set(killed) & set(up.pids(name)))

    assert {n: v for n, v in up.env.items() if n not in PIDS} == {n: v for n, v in before.items() if n not in PIDS}
    await_condition(lambda: status_of(up.env["WEB_URL"] + "/readyz") == 200)


@pytest.mark.long
def test_killed_outright_it_leaves_nothing_running_and_starts_again_in_its_folder(up: Up) -> None:
    """This must be the last test of the file, because it stops the system that the others use."""
    pids, addresses = up.pids(), {name: up.env[name] for name in up.env if name.endswith("_URL")}
    up.process.kill()
    up.process.communicate()
    if sys.platform == "linux":  # Elsewhere, the next start stops leftover processes.
        await_condition(lambda: not any(is_alive(pid) for pid in pids))

    second = Up(up.data, "--empty").ready()
    pids = second.pids()
    assert {name: second.env[name] for name in addresses} == addresses
    assert second.stop() == 0

    assert not any(is_alive(pid) for pid in pids)
    assert not (up.data / "env").exists()


def slots(*words: str) -> subprocess.Popen[str]:
    given = ("DATABASE_URL", "REDIS_URL")
    return subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", *words],
        env={name: value for name, value in os.environ.items() if name not in given} | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code
    except OSError:
        return 0


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def await_condition(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not done():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    running = Up(tmp_path_factory.mktemp("up"), "--empty").ready()
    yield running
    running.stop()
