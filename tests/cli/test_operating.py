"""The commands for operators, run against the processes of `slots up`."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from cli.local.dotenv import read_dotenv
from tests.cli.commands import slots
from tests.running_system import RunningSystem
from tests.waiting import wait_for

pytestmark = pytest.mark.long


def test_a_running_system_is_healthy(data: Path) -> None:
    def complaints() -> str:
        """On a busy machine, the doctor may complain that the workers are slow."""
        result = slots("doctor", "--data", data, "--json")
        wrong = [one for one in result.json["findings"] if one["state"] in {"failure", "warning"}]
        assert (result.code, result.json["healthy"]) == ((0, True) if not failures(wrong) else (1, False)), result.err
        return str(wrong or "")

    assert after_a_while(complaints, "") == ""


def test_the_public_readiness_response_is_sufficient_for_the_doctor(data: Path) -> None:
    def complaints() -> str:
        result = slots("doctor", **read_dotenv(data / "env"))
        passed = result.code == 0 and "✗" not in result.out and "passed" in result.err
        return "" if passed else result.out + result.err

    assert after_a_while(complaints, "") == ""


def failures(findings: list[dict[str, str]]) -> list[dict[str, str]]:
    return [one for one in findings if one["state"] == "failure"]


def test_a_worker_that_hangs_is_named_by_its_queue(data: Path) -> None:
    seconds = itertools.count(3, 3)

    def silent() -> dict[str, str]:
        """Returns the fixes for silent workers by the name of the finding. Waits longer each time, because the
        workers may be slow.
        """
        result = slots("doctor", "--data", data, "--json", "--wait", next(seconds))
        assert result.code == 1
        return {one["name"]: one["fix"] for one in failures(result.json["findings"])}

    with frozen(pids(data, "PID_WORKER")[-1:]):
        found = wait_for(lambda: None if "workers.replies" in (fixes := silent()) else fixes, "the other workers")

    assert "-Q payments" in found["workers.payments"]
    assert rows(data, "SELECT 1 FROM pending_tasks WHERE name = 'answer_canary' AND settled_at IS NULL") == []


def test_a_stopped_beat_is_reported_until_it_runs_again(data: Path) -> None:
    with frozen(pids(data, "PID_BEAT")):
        assert after_a_while(lambda: complaints(data, long_ago), "beat.stopped") == "beat.stopped"
        assert after_a_while(lambda: complaints(data, never), "beat.never") == "beat.never"
    assert after_a_while(lambda: complaints(data), "") == ""


def complaints(data: Path, plant: Callable[[Path], object] = lambda data: None) -> str:
    """Returns the names of the doctor's failures and warnings that concern beat."""
    plant(data)
    findings = slots("doctor", "--data", data, "--json", "--wait", 3, TICK_SECONDS="1").json["findings"]
    return " ".join(one["name"] for one in findings if one["name"].startswith("beat.") and one["state"] != "ok")


def long_ago(data: Path) -> None:
    """Makes the last tick appear old. A tick in progress may overwrite the row, so callers repeat the check."""
    rows(data, "UPDATE job_runs SET started_at = now() - interval '1 hour', overdue_at = now() WHERE job = 'tick'")


def never(data: Path) -> None:
    rows(data, "DELETE FROM job_runs WHERE job = 'tick'")


def rows(data: Path, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(read_dotenv(data / "env")["DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def pids(data: Path, service: str) -> list[int]:
    """Returns the pids of a service. The pids of workers are in the order of `LOCAL_SERVICES`."""
    return [int(pid) for pid in read_dotenv(data / "env")[service].split(",")]


@contextmanager
def frozen(stopped: list[int]) -> Iterator[None]:
    """Suspends the processes until the end of the block."""
    assert stopped
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def after_a_while(look: Callable[[], str], expected: str) -> str:
    """Returns the findings once they are as expected. After the time limit, returns the current findings."""
    found = ""

    def as_expected() -> bool:
        nonlocal found
        found = look()
        return found == expected

    with suppress(AssertionError):
        wait_for(as_expected, "the findings")
    return found


@pytest.fixture
def data(running: RunningSystem) -> Path:
    """The data folder of the running `slots up`."""
    return running.data
