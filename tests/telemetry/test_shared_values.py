"""Processes share their metrics through files. A full disk stops neither the processes nor the counting."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from tests.cli.commands import bare, command

BEGIN = """
import os, pathlib, resource, sys
from telemetry import metrics, metrics_server

def allow(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def count(*numbers):
    for number in numbers:
        metrics.JOB_ITEMS.labels(str(number), "done").inc()

def largest():
    return max((file.stat().st_size for file in pathlib.Path(os.environ[metrics_server.SHARED]).iterdir()), default=0)
"""
ONE = "metrics_server.share(); count(1)"


@pytest.mark.parametrize("size", [0, 3, 100, 5_000], ids="{} bytes fit".format)
def test_what_is_counted_on_a_full_disk_is_written_once_there_is_space(size: int, tmp_path: Path) -> None:
    output = counting(
        tmp_path,
        f"""
        allow({size})
        metrics_server.share()
        count(*range(200))
        count(*range(100))
        assert largest() <= {size}
        allow(resource.RLIM_INFINITY)
        metrics.RECOVERIES.labels("sold").inc()
        """,
    )
    assert (output.count("metrics_not_written"), output.count("metrics_written_again")) == (1, 1)
    assert counted(tmp_path) == {str(number): 2 if number < 100 else 1 for number in range(200)}


def test_while_the_disk_is_full_what_was_written_before_is_shown(tmp_path: Path) -> None:
    counting(tmp_path, "metrics_server.share(); count(1, 2); allow(1); count(2, 3)")
    assert counted(tmp_path) == {"1": 1, "2": 1}


def test_a_fork_counts_from_zero_in_files_of_its_own(tmp_path: Path) -> None:
    counting(tmp_path, f"{ONE}; fork = os.fork(); count(1, 2); fork and os.waitpid(fork, 0)")
    assert counted(tmp_path) == {"1": 3, "2": 2}


def test_forks_that_share_later_than_they_were_forked_count_apart(tmp_path: Path) -> None:
    counting(tmp_path, f"fork = os.fork(); {ONE}; fork and os.waitpid(fork, 0); count(1)")
    assert counted(tmp_path) == {"1": 4}


def test_the_counters_of_an_ended_process_stay_though_its_id_is_used_again(tmp_path: Path) -> None:
    counting(tmp_path, f"{ONE}; os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])", BEGIN + ONE)
    assert counted(tmp_path) == {"1": 2}


def test_a_folder_that_is_missing_stops_nobody(tmp_path: Path) -> None:
    output = counting(tmp_path / "none", f"{ONE}; metrics_server.serve(host='127.0.0.1', port=1)")
    assert (output.count("metrics_not_written"), output.count("metrics_not_served")) == (1, 1)


@pytest.mark.parametrize("name", ["list", "metrics"])
def test_a_command_creates_no_files(name: str, tmp_path: Path, database_url: str) -> None:
    given = {"DATABASE_URL": database_url, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run(command(name), env=bare() | given, capture_output=True, check=True)
    assert list(tmp_path.iterdir()) == []


def counting(folder: Path, program: str, *arguments: str) -> str:
    """Runs the program in a process that can share its metrics in the folder. Returns its output."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + textwrap.dedent(program), *arguments],
        env=bare() | {"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def counted(folder: Path) -> dict[str, float]:
    """Returns the sum of each counter over all processes."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    (family,) = [one for one in registry.collect() if one.name == "slots_job_items"]
    return {sample.labels["job_name"]: sample.value for sample in family.samples}
