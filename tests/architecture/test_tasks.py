"""All tasks, queues, workers and beat entries named in the tables exist."""

import importlib
import re

from celery.schedules import crontab

import beat_schedule
from cli.local.local_services import FORKED, SERVICES
from docs.generator.events_page import BECOMES
from domain.effects import Effect
from outbox.queues import JOBS, QUEUE_OF, QUEUES, SWEEPS, lease_of
from tests.architecture.sources import modules, name_of
from worker.app import TASK_MODULES, app
from worker.apply_events import TASK_OF, WRITERS
from worker.task_run import BODIES


def test_every_task_has_a_queue_and_every_name_in_the_table_is_a_task() -> None:
    assert set(QUEUE_OF) == set(BODIES)


def test_the_worker_loads_every_module_of_tasks() -> None:
    register = re.compile(r"^(@task|@clock_task|    clock_task)\(", re.MULTILINE)
    there = {name_of(path) for path in modules("worker") if register.search(path.read_text(encoding="utf-8"))}
    assert set(TASK_MODULES) == there


def test_the_clock_fires_tasks_that_exist() -> None:
    fired = {entry["task"] for entry in beat_schedule.entries(tick_seconds=10).values()}
    assert fired <= set(BODIES)


def test_a_message_of_beat_expires_before_the_next_is_due() -> None:
    for name, entry in beat_schedule.entries(tick_seconds=10).items():
        assert 0 < entry["options"]["expires"] < interval(entry["schedule"]), name


def test_every_queue_is_one_that_clients_know() -> None:
    assert set(QUEUE_OF.values()) <= set(QUEUES)


def test_every_queue_has_a_worker_and_no_worker_waits_at_a_queue_that_is_not_there() -> None:
    emptied = [queue for service in SERVICES for queue in queues_of(service.command)]
    assert set(emptied) == set(QUEUES)
    assert {queue for worker in FORKED for queue in queues_of(worker.command)} == set(QUEUES)


def test_no_child_is_killed_at_a_row_that_is_still_its_own() -> None:
    app.finalize()
    limits = {name: app.tasks[name].time_limit or app.conf.task_time_limit for name in BODIES}
    assert {name for name, seconds in limits.items() if seconds < lease_of(name).total_seconds()} == set()
    assert {limits[name] for name, queue in QUEUE_OF.items() if queue in (SWEEPS, JOBS)} == {600}


def test_replies_of_customers_wait_behind_no_other_task() -> None:
    """A slow provider never delays the handling of a YES."""
    for services in (SERVICES, FORKED):
        workers = [queues_of(s.command) for s in services if "replies" in queues_of(s.command)]
        assert workers == [["replies"]]


def test_reconciliation_tasks_are_in_the_queue_of_periodic_jobs() -> None:
    asking = {name for name in BODIES if name.startswith(("reconcile_", "look_up_"))}
    assert len(asking) == 7
    assert {QUEUE_OF[name] for name in asking} == {JOBS}


def test_every_effect_has_a_writer_and_a_line_in_the_documentation() -> None:
    assert {*TASK_OF, *WRITERS} == set(Effect.__args__)
    assert set(TASK_OF.values()) <= set(BODIES)
    assert set(BECOMES) == {effect.__name__ for effect in WRITERS}


def test_every_task_says_what_it_does() -> None:
    assert [name for name in QUEUE_OF if not (BODIES[name].__doc__ or "").strip().endswith(".")] == []


def interval(schedule: crontab | float) -> float:
    """Returns the seconds between two runs."""
    return 86400 / (len(schedule.hour) * len(schedule.minute)) if isinstance(schedule, crontab) else schedule


def queues_of(command: tuple[str, ...]) -> list[str]:
    return command[command.index("-Q") + 1].split(",") if "-Q" in command else []


for module in TASK_MODULES:
    importlib.import_module(module)
