"""Tests of a container's health check."""

import os
import time
from pathlib import Path

from cli.health_check import failures, is_healthy


def test_a_file_must_have_been_touched_in_the_last_minute(tmp_path: Path) -> None:
    file = tmp_path / "schedule"
    assert not is_healthy(str(file))
    file.touch()
    assert is_healthy(str(file))
    os.utime(file, (time.time() - 61, time.time() - 61))
    assert not is_healthy(str(file))


def test_a_server_that_does_not_answer_is_not_healthy() -> None:
    assert not is_healthy("http://127.0.0.1:1/healthz")


def test_failures_in_a_row_are_counted(tmp_path: Path) -> None:
    count = tmp_path / "count"
    assert [failures(healthy, count) for healthy in (False, False, True, False, False, False)] == [1, 2, 0, 1, 2, 3]
