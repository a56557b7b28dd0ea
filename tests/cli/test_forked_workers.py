"""The workers of `slots up` are forks of one process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from cli.local.apart import apart
from cli.local.boot import boot
from cli.local.servers.start_errors import DidNotStartError
from cli.local.services import FORKED, FORKED_WORKERS
from cli.local.supervised_process import Child
from cli.local.system import System


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    system = System(tmp_path_factory.mktemp("data"), environment={}, services=(FORKED_WORKERS,))
    try:
        boot(system, fill=lambda url: None, stopping=lambda: False)
        yield system.children[0]
    finally:
        system.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def forks(workers: Child) -> list[psutil.Process]:
    assert workers.process is not None
    return psutil.Process(workers.process.pid).children()


def test_a_worker_that_dies_is_forked_again(workers: Child) -> None:
    before = forks(workers)
    assert len(before) == len(FORKED)
    before[0].kill()
    wait_for(lambda: before[0] not in forks(workers) and workers.answers())
    assert len(forks(workers)) == len(FORKED)


def test_all_end_with_the_process_that_forked_them(workers: Child) -> None:
    left = forks(workers)
    assert workers.process is not None
    os.kill(workers.process.pid, signal.SIGKILL)
    workers.process.wait()
    wait_for(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in left))


def test_a_step_in_a_fork_reports_why_it_failed(capfd: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise DidNotStartError("no room")

    with pytest.raises(DidNotStartError, match="no room"):
        apart(refuse)
    with pytest.raises(DidNotStartError, match="reason is above"):
        apart(lambda: print(1 / 0))
    assert "ZeroDivisionError" in capfd.readouterr().err
    apart(lambda: None)
