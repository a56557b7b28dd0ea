"""The processes of `slots up` are forks of one process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cli.local.apart import apart
from cli.local.data_folder import data_folder
from cli.local.forked_process import ForkedProcess
from cli.local.local_services import FORKED, LOCAL_SERVICES, SERVICES, WORKERS
from cli.local.servers.start_errors import DidNotStartError
from tests.waiting import PATIENCE_SECONDS, wait_for

REPORTS = (
    "import json, os, sys; json.dump([sys.argv[1:], os.getcwd(), dict(os.environ), sys.stdin.read()], sys.stdout)"
)
STAYS = "import time\nprint('there', flush=True)\ntime.sleep(3600)"
FORKS = """
import sys, time
from pathlib import Path
from cli.local.forked_process import ForkedProcess
folder = Path(sys.argv[1])
print(ForkedProcess(('', '-m', 'of_a_fork'), folder=folder, log=folder / 'log', environment={}).pid, flush=True)
time.sleep(3600)
"""
Run = Callable[..., ForkedProcess]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs code as a module in a fork."""
    started = []

    def run(code: str, *arguments: str, **environment: str) -> ForkedProcess:
        (tmp_path / "of_a_fork.py").write_text(code)
        command = (sys.executable, "-m", "of_a_fork", *arguments)
        process = ForkedProcess(command, folder=tmp_path, log=tmp_path / "log", environment=environment)
        started.append(process)
        return process

    monkeypatch.syspath_prepend(tmp_path)
    yield run
    for process in started:
        process.kill()
        process.wait()


def test_a_fork_has_its_own_arguments_folder_environment_and_log(run: Run, tmp_path: Path) -> None:
    assert run(REPORTS, "--once", TOLD="this").wait(PATIENCE_SECONDS) == 0
    assert json.loads((tmp_path / "log").read_text()) == [["--once"], str(tmp_path), {"TOLD": "this"}, ""]


@pytest.mark.parametrize(
    ("code", "ended", "logged"),
    [
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('no such luck')", 1, "no such luck\n"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
    ],
)
def test_a_fork_ends_as_a_program_does(run: Run, tmp_path: Path, code: str, ended: int, logged: str) -> None:
    assert run(code).wait(PATIENCE_SECONDS) == ended
    assert (tmp_path / "log").read_text() == logged


def test_an_exception_in_a_fork_is_in_its_log(run: Run, tmp_path: Path) -> None:
    assert run("1 / 0").wait(PATIENCE_SECONDS) == 1
    assert "ZeroDivisionError" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_fork_does_not_run_the_handlers_of_the_supervisor(run: Run, number: signal.Signals) -> None:
    before = signal.signal(number, lambda *_: None)
    try:
        process = run(STAYS)
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == -number
    finally:
        signal.signal(number, before)


def test_waiting_for_a_fork_ends_after_the_timeout(run: Run) -> None:
    process = run(STAYS)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    assert process.poll() is None


def test_a_fork_does_not_hold_the_lock_of_the_data_folder(run: Run, tmp_path: Path) -> None:
    with data_folder(tmp_path / "data"):
        run(STAYS)
        wait_for(lambda: (tmp_path / "log").read_text() == "there\n", "the fork to write its log")
    # Success shows that the lock is free, because a locked folder would be refused.
    with data_folder(tmp_path / "data") as locked_again:
        assert locked_again


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_a_fork_ends_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "of_a_fork.py").write_text(STAYS)
    path = os.pathsep.join((*sys.path, str(tmp_path)))
    command = [sys.executable, "-c", FORKS, str(tmp_path)]
    with subprocess.Popen(command, env={"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        fork = psutil.Process(int(supervisor.stdout.readline()))
        wait_for(lambda: (tmp_path / "log").read_text() == "there\n", "the fork to write its log")
        supervisor.kill()
    wait_for(lambda: not fork.is_running() or fork.status() == psutil.STATUS_ZOMBIE, "the fork to end")


def test_slots_up_forks_all_that_production_runs_with_fewer_workers() -> None:
    others = [service.command for service in SERVICES if service not in WORKERS]
    assert [service.command for service in LOCAL_SERVICES] == [*others, *(worker.command for worker in FORKED)]
    assert all(service.forked for service in LOCAL_SERVICES)


def test_a_step_in_a_fork_reports_why_it_failed(capfd: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise DidNotStartError("no room")

    with pytest.raises(DidNotStartError, match="no room"):
        apart(refuse)
    with pytest.raises(DidNotStartError, match="reason is above"):
        apart(lambda: print(1 / 0))
    assert "ZeroDivisionError" in capfd.readouterr().err
    apart(lambda: None)
