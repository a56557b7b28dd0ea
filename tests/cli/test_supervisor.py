"""Tests the supervisor with small services in real processes, on real Postgres and Valkey."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cli.local.addresses import ENV_FILE_NAMES, PIDS
from cli.local.boot import Stopped, boot
from cli.local.dotenv import read_dotenv
from cli.local.local_secrets import MAKERS
from cli.local.local_services import SERVICES, LocalService
from cli.local.readiness import AnswersHttp
from cli.local.servers.free_ports import free_port
from cli.local.servers.start_errors import DidNotStartError
from cli.local.supervisor import Supervisor
from cli.local.system import System
from tests.deploy.small_disk import filled, small_disk
from tests.waiting import wait_for

# Creates a system with these services. The fixture `start` also starts the system.
Systems = Callable[..., System]
# Serves HTTP from a child process, as granian does.
SERVER_WITH_A_CHILD = """
import subprocess, sys
subprocess.run([sys.executable, '-m', 'http.server', '{WEB_PORT}', '--bind', '127.0.0.1'])
"""
WEB = LocalService(
    "web",
    "PID_WEB",
    (sys.executable, "-c", SERVER_WITH_A_CHILD),
    frozenset({"WEB_URL", "CRON_SECRET"}),
    AnswersHttp("{WEB_URL}/"),
    "WEB_PORT",
)


def test_the_env_file_appears_when_everything_answers_and_says_all(start: Systems) -> None:
    system = start(WEB)

    result = read_dotenv(system.env_file)

    assert set(result) == {*ENV_FILE_NAMES, *PIDS}
    assert system.env_file.stat().st_mode & 0o777 == 0o600
    assert len(result["PID_WEB"].split(",")) == 2
    assert result["PID_POSTGRES"] == ""  # The environment names the server to use.


def test_a_service_whose_main_process_is_killed_is_restarted_without_the_old_child(
    start: Systems,
) -> None:
    system = start(WEB)
    main, child = pids_of(system, "PID_WEB")

    os.kill(main, signal.SIGKILL)
    watch_until(system, lambda: main not in pids_of(system, "PID_WEB") and system.children[0].answers())

    assert not is_alive(child)
    assert len(pids_of(system, "PID_WEB")) == 2


def test_a_service_whose_child_is_killed_is_restarted(start: Systems) -> None:
    system = start(WEB)
    _, child = pids_of(system, "PID_WEB")

    os.kill(child, signal.SIGKILL)
    watch_until(system, lambda: child not in pids_of(system, "PID_WEB") and system.children[0].answers())

    assert not is_alive(child)


def test_a_process_that_keeps_dying_is_started_less_often_and_delays_no_other(start: Systems, tmp_path: Path) -> None:
    started = tmp_path / "started"
    lives = f"import pathlib, time\nwhile not pathlib.Path({str(started)!r}).exists(): time.sleep(0.05)"
    doomed = LocalService("doomed", "PID_BEAT", (sys.executable, "-c", lives), frozenset(), is_there)
    system = start(WEB, doomed)
    watch = Supervisor(system)

    started.touch()
    began = time.monotonic()
    wait_for(lambda: watch.round() or (watch.records and watch.records["doomed"].deaths >= 4), "four deaths")

    assert time.monotonic() - began > 0.5 + 1.0
    assert pids_of(system, "PID_WEB")


def test_a_full_disk_stops_nobody_and_the_env_file_is_written_later(start: Systems, tmp_path: Path) -> None:
    with small_disk(tmp_path / "data", size="2m") as disk:
        system = start(WEB)
        watch, (main, _) = Supervisor(system), pids_of(system, "PID_WEB")
        with filled(disk):
            os.kill(main, signal.SIGKILL)
            wait_for(
                lambda: watch.round() or (watch.env_file_is_old and system.children[0].answers()), "the new process"
            )
        assert wait_for(lambda: watch.round() or main not in pids_of(system, "PID_WEB"), "the new env file")
        system.stop()


def test_a_service_knows_only_what_it_needs(start: Systems) -> None:
    system = start(WEB)

    known = psutil.Process(pids_of(system, "PID_WEB")[0]).environ()

    assert known["CRON_SECRET"] == system.settings["CRON_SECRET"]
    assert not {"STRIPE_API_KEY", "DATABASE_URL", "SECRET_KEY"} & set(known)


def test_the_web_gets_no_key_that_can_spend_and_no_worker_one_that_signs() -> None:
    web, *workers = sorted(
        (service for service in SERVICES if service.pid_name in {"PID_WEB", "PID_WORKER"}),
        key=lambda s: s.name != "web",
    )

    assert workers
    assert "STRIPE_API_KEY" not in web.sees
    for worker in workers:
        assert not {"STRIPE_WEBHOOK_SECRET", "INTERNAL_SECRET", "CRON_SECRET"} & worker.sees


def test_no_secret_is_an_argument_for_everybody_to_read() -> None:
    for service in SERVICES:
        assert not any(f"{{{name}}}" in part for part in service.command for name in MAKERS)


def test_a_service_that_cannot_start_is_named_with_the_end_of_its_log(start: Systems) -> None:
    broken = LocalService(
        "broken", "PID_BEAT", (sys.executable, "-c", "raise SystemExit('no such luck')"), frozenset(), never
    )

    with pytest.raises(DidNotStartError, match="no such luck"):
        start(broken)


def test_a_given_server_that_is_not_there_is_named_before_anything_starts(tmp_path: Path) -> None:
    nobody_there = f"redis://127.0.0.1:{free_port()}/0"
    system = System(tmp_path, environment={"REDIS_URL": nobody_there}, services=(WEB,))

    with pytest.raises(DidNotStartError, match="unset REDIS_URL"):
        boot(system, fill=lambda url: None, stopping=lambda: False)

    assert not system.children[0].running
    system.stop()


def test_a_stop_while_starting_takes_effect(make: Systems) -> None:
    system = make(WEB)

    with pytest.raises(Stopped):
        boot(system, fill=lambda url: None, stopping=lambda: system.children[0].running)

    assert not system.env_file.exists()


def test_a_web_port_that_is_taken_is_replaced(start: Systems, make: Systems) -> None:
    first = start(WEB)

    second = make(WEB, web_port=int(first.settings["WEB_PORT"]))

    assert second.settings["WEB_PORT"] != first.settings["WEB_PORT"]
    assert second.settings["APP_URL"] == second.settings["WEB_URL"]


def test_a_restart_keeps_the_ports_even_those_that_were_second_choice(make: Systems) -> None:
    with taken(free_port()) as port:
        first = make(WEB, web_port=port)
    first.stop()

    second = make(WEB)

    assert second.ports == first.ports
    assert second.ports["WEB_PORT"] != port
    assert second.port_changes == []


def test_a_kept_port_that_is_taken_is_replaced_and_named(make: Systems) -> None:
    first = make(WEB)
    first.stop()

    with taken(first.ports["WEB_PORT"]) as port:
        second = make(WEB)
    second.stop()

    output = "\n".join(second.port_changes)
    assert second.ports["WEB_PORT"] != port
    assert f"port {port} is taken" in output
    assert str(second.ports["WEB_PORT"]) in output
    assert make(WEB).ports == second.ports


def test_a_port_that_is_asked_for_comes_before_the_kept_one(make: Systems) -> None:
    make(WEB).stop()
    asked = free_port()

    assert make(WEB, web_port=asked).ports["WEB_PORT"] == asked


@pytest.mark.parametrize("text", ["WEB_PORT=none", "WEB_PORT=0", "WEB_PORT=70000", "no such line", ""])
def test_kept_ports_that_make_no_sense_are_passed_over(make: Systems, tmp_path: Path, text: str) -> None:
    (tmp_path / "data" / "ports").write_text(text)

    assert make(WEB).ports["WEB_PORT"] > 0


def test_secrets_are_made_once_for_a_folder(make: Systems, tmp_path: Path) -> None:
    first, second = make(WEB), make(WEB)

    assert first.data == second.data == tmp_path / "data"
    assert {name: first.settings[name] for name in MAKERS} == {name: second.settings[name] for name in MAKERS}


def test_stopping_leaves_no_process_and_no_env_file(start: Systems) -> None:
    system = start(WEB)
    pids = pids_of(system, "PID_WEB")

    system.stop()

    assert not any(is_alive(pid) for pid in pids)
    assert not system.env_file.exists()


def test_processes_of_a_killed_supervisor_are_stopped_before_the_next_start(start: Systems, make: Systems) -> None:
    left = pids_of(start(WEB), "PID_WEB")

    make(WEB).remove_leftovers()

    assert not any(is_alive(pid) for pid in left)


@contextmanager
def taken(port: int) -> Iterator[int]:
    """Listens on this port, as another program would."""
    with socket.create_server(("127.0.0.1", port)):
        yield port


def watch_until(system: System, done: Callable[[], bool]) -> None:
    watch = Supervisor(system)
    wait_for(lambda: watch.round() or (not watch.silent and done()), "the service to respond")


def pids_of(system: System, name: str) -> list[int]:
    return [int(pid) for pid in read_dotenv(system.env_file)[name].split(",")]


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def python(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def is_there(settings: object, pid: int) -> bool:
    return True


def never(settings: object, pid: int) -> bool:
    return False


@pytest.fixture
def make(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Systems]:
    """Creates systems that share a data folder and the running servers."""
    made: list[System] = []
    (tmp_path / "data").mkdir()

    def make(*services: LocalService, web_port: int | None = None) -> System:
        given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        made.append(System(tmp_path / "data", environment=given, services=services, web_port=web_port))
        return made[-1]

    yield make
    for system in made:
        system.stop()


@pytest.fixture
def start(make: Systems) -> Systems:
    def start(*services: LocalService) -> System:
        system = make(*services)
        boot(system, fill=lambda url: None, stopping=lambda: False)
        return system

    return start
