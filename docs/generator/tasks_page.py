"""docs/reference/tasks.md: every Celery task, its queue and how often beat publishes it."""

import importlib

from cli.beat_intervals import beat_intervals
from cli.local.local_services import SERVICES
from docs.generator.markdown import code, page, sentence, table
from outbox.queues import QUEUE_OF, QUEUES

INTRODUCTION = """\
A task is named after a business action and takes ids as arguments. A task that must run is an outbox row in
`pending_tasks`; the Celery message only prompts a worker to read that row. A message can therefore be lost,
duplicated or late: a sweep publishes the row again, and a worker skips a row that is already settled."""


def tasks_page() -> str:
    """Returns the page: the tasks by queue, and the workers that consume each queue."""
    described, intervals = bodies(), beat_intervals()
    sections = []
    for queue in QUEUES:
        rows = [
            (code(name), sentence(described[name]) if name in described else "", intervals.get(name, "on demand"))
            for name, its_queue in QUEUE_OF.items()
            if its_queue == queue
        ]
        listing = (
            table(("Task", "Description", "Runs"), rows)
            if rows
            else "No task of the system uses this queue. It serves clients that send to Celery's default queue."
        )
        sections.append(f"## Queue {code(queue)}\n\nConsumed by {_workers(queue)}.\n\n{listing}")
    return page("Tasks", INTRODUCTION, *sections)


def bodies() -> dict[str, object]:
    """Returns the function of every task, by task name."""
    from worker.app import TASK_MODULES
    from worker.task_run import BODIES

    for module in TASK_MODULES:
        importlib.import_module(module)
    return dict(BODIES)


def _workers(queue: str) -> str:
    found = [s for s in SERVICES if "-Q" in s.command and queue in s.command[s.command.index("-Q") + 1].split(",")]
    return " and ".join(f"the {s.name} ({_pool(s.command)})" for s in found) or "no worker"


def _pool(command: tuple[str, ...]) -> str:
    return f"{command[command.index('-c') + 1]} {command[command.index('--pool') + 1]}"
