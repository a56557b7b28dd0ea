"""Tests of `slots up` as users run it: the whole system, with real processes and sockets."""

import os
import signal
import sys
import urllib.error
import urllib.request

import psutil
import psycopg
import pytest
import redis

from cli.local.addresses import ENV_FILE_NAMES, PIDS
from tests.effort import long_except
from tests.running_system import RunningSystem, start_slots
from tests.waiting import PATIENCE_SECONDS, wait_for


def test_ready_means_that_everything_answers(running: RunningSystem) -> None:
    env = running.env

    assert {*ENV_FILE_NAMES, *PIDS} == set(env)
    assert all(env.values())
    assert wait_for(lambda: status_of(env["WEB_URL"] + "/readyz") == 200, "the web")
    assert status_of(env["SANDBOX_URL"] + "/phones") == 200
    assert status_of(env["FLOWER_URL"] + "/tasks") == 401
    with redis.Redis.from_url(env["REDIS_URL"]) as client:
        assert client.ping()
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM shops").fetchone() == (0,)


def test_a_second_one_on_the_same_folder_says_what_to_do(running: RunningSystem) -> None:
    second = start_slots("up", "--data", str(running.data))

    output, complaint = second.communicate(timeout=PATIENCE_SECONDS)

    assert (second.returncode, output) == (1, "")
    assert f"kill {running.process.pid}" in complaint
    assert "--data" in complaint


@pytest.mark.parametrize("name", long_except(PIDS, "PID_WORKER"))
def test_a_killed_process_is_restarted_at_the_same_address(running: RunningSystem, name: str) -> None:
    before, killed = addresses_of(running), running.pids(name)

    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(killed) & set(running.pids(name)), f"a new {name}")

    assert addresses_of(running) == before
    wait_for(lambda: status_of(running.env["WEB_URL"] + "/readyz") == 200, "the web")


@pytest.mark.long
def test_killed_outright_it_leaves_nothing_running_and_starts_again_in_its_folder(running: RunningSystem) -> None:
    """This test must be the last one of its file. It stops the system, and the next file gets a new system."""
    pids, addresses = running.pids(), {name: running.env[name] for name in running.env if name.endswith("_URL")}
    running.process.kill()
    running.process.communicate()
    if sys.platform == "linux":  # On other platforms, the next start stops leftover processes.
        wait_for(lambda: not any(is_alive(pid) for pid in pids), "every process to end")

    second = RunningSystem(running.data).ready()
    pids = second.pids()
    assert {name: second.env[name] for name in addresses} == addresses
    assert second.stop() == 0

    assert not any(is_alive(pid) for pid in pids)
    assert not (running.data / "env").exists()


def addresses_of(running: RunningSystem) -> dict[str, str]:
    """Returns the variables of the env file without the pids."""
    return {name: value for name, value in running.env.items() if name not in PIDS}


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
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
