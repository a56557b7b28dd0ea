"""docs/reference/tasks.md: every Celery task, where it waits, how often the clock fires it."""

import importlib
from datetime import timedelta

from celery.schedules import crontab

import beat_schedule
from cli.local.services import SERVICES
from cli.reference.markdown import code, page, sentence, table
from outbox.queues import QUEUE_OF, QUEUES
from settings.worker import GeneralSettings

INTRODUCTION = """\
A task is a verb of the business with ids as its arguments. What must run is a row in `pending_tasks`; the Celery
message is only its bell. So a message may be lost, doubled or late: a sweep rings again, and a second one finds
nothing to do."""


def tasks_page() -> str:
    """Tasks by queue, and who empties each queue."""
    acts, every = bodies(), pace_of()
    sections = []
    for queue in QUEUES:
        rows = [
            (code(name), sentence(acts[name]) if name in acts else "", every.get(name, "when it is called for"))
            for name, waits_in in QUEUE_OF.items()
            if waits_in == queue
        ]
        listing = table(("Task", "What it does", "When"), rows) if rows else "For clients that know no queue of ours."
        sections.append(f"## Queue {code(queue)}\n\nEmptied by {_workers(queue)}.\n\n{listing}")
    return page("Tasks", INTRODUCTION, *sections)


def bodies() -> dict[str, object]:
    """Every task by its name."""
    from worker.app import TASK_MODULES
    from worker.task_run import BODIES

    for module in TASK_MODULES:
        importlib.import_module(module)
    return dict(BODIES)


def pace_of() -> dict[str, str]:
    """How often the clock fires each task that it fires, in words."""
    entries = beat_schedule.entries(tick_seconds=GeneralSettings.model_fields["tick_seconds"].default)
    return {entry["task"]: _pace(entry["schedule"]) for entry in entries.values()}


def _pace(schedule: object) -> str:
    if isinstance(schedule, crontab):
        hour, minute = str(schedule._orig_hour), str(schedule._orig_minute)
        if minute.startswith("*/"):
            return f"every {minute[2:]} minutes"
        return f"every hour at :{minute:0>2}" if hour == "*" else f"daily at {hour:0>2}:{minute:0>2} UTC"
    seconds = schedule.total_seconds() if isinstance(schedule, timedelta) else schedule
    return f"every {seconds:g} s"


def _workers(queue: str) -> str:
    found = [s for s in SERVICES if "-Q" in s.command and queue in s.command[s.command.index("-Q") + 1].split(",")]
    return " and ".join(f"the {s.name} ({_pool(s.command)})" for s in found) or "nobody"


def _pool(command: tuple[str, ...]) -> str:
    return f"{command[command.index('-c') + 1]} {command[command.index('--pool') + 1]}"
