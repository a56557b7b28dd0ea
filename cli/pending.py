"""`slots pending`: lists unfinished tasks, and retries parked tasks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import click

from cli.help import Command, LazyGroup
from cli.printing import ago, as_json_option, print_json, print_table, without_phones
from cli.progress import say
from cli.target_system import CannotError, database, with_data

if TYPE_CHECKING:
    from views.pending_work import OpenTask

COMMANDS = {"list": "cli.pending:list_pending", "retry": "cli.pending:retry"}
EXAMPLES = """\
slots pending list                  list all unfinished tasks
slots pending list --parked         list tasks that failed too often, with the error
slots pending retry --all-parked    retry all of them, once the cause is fixed
"""
HEADINGS = ("task", "name", "state", "due", "attempts", "arguments", "last error")
LONGEST_ERROR = 100


@click.group(
    cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES, short_help="List unfinished tasks; retry parked tasks."
)
def pending() -> None:
    """List unfinished tasks, and retry parked tasks."""


@click.command("list", cls=Command, examples="slots pending list --late --name send_message")
@click.option("--parked", is_flag=True, help="Only tasks that failed too many times.")
@click.option("--late", is_flag=True, help="Only tasks that are overdue.")
@click.option("--name", help="Only tasks with this name.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Maximum number of rows."
)
@as_json_option
@with_data
def list_pending(parked: bool, late: bool, name: str | None, limit: int, as_json: bool) -> None:
    """List unfinished tasks, longest overdue first.

    Exit codes: 0 listed (possibly none), 1 the database could not be read.
    """
    from views.pending_work import TaskState, unsettled

    flags = {TaskState.PARKED: parked, TaskState.LATE: late}
    states = tuple(state for state, is_set in flags.items() if is_set) or None
    with database() as session:
        found = unsettled(session, limit=limit, states=states, name=name)
    if as_json:
        print_json(found)
    elif found:
        print_table(HEADINGS, [_row(one) for one in found])
    else:
        say("No unfinished tasks." if states is None and name is None else "No matching tasks.")
    if any(one.state is TaskState.PARKED for one in found):
        say("Once the cause is fixed: slots pending retry <task>, or --all-parked")


def _row(one: "OpenTask") -> tuple[str, ...]:
    late = one.late_seconds
    due = f"{ago(late)} ago" if late > 0 else f"in {ago(-late)}"
    error = without_phones((one.last_error or "").replace("\n", " "))[:LONGEST_ERROR]
    return str(one.id), one.name, one.state.value, due, str(one.attempts), " ".join(map(str, one.args)), error


@click.command("retry", cls=Command, examples="slots pending retry 35afde0f-282e-46ad-b107-0aed529df212")
@click.argument("tasks", metavar="[TASK]...", nargs=-1, type=click.UUID)
@click.option("--all-parked", is_flag=True, help="Retry every parked task.")
@click.option("--name", help="With --all-parked: only tasks with this name.")
@with_data
def retry(tasks: Sequence[UUID], all_parked: bool, name: str | None) -> None:
    """Retry tasks now, and reset their attempts to zero.

    Prints the ids of the tasks.

    Exit codes: 0 all tasks are retried, 1 a task is finished or unknown (all other tasks are retried), 2 invalid
    usage.
    """
    from cli.add_tasks import publish
    from db.tasks.waiting_tasks import unpark
    from domain.plurals import counted
    from views.pending_work import TaskState, unsettled

    if bool(tasks) == all_parked:
        raise click.UsageError("Specify task ids, or --all-parked. See: slots pending list --parked")
    with database() as session:
        if all_parked:
            parked = unsettled(session, limit=100_000, states=(TaskState.PARKED,), name=name)
            tasks = [one.id for one in parked]
        retried = {task: unpark(session, task) for task in tasks}
    publish([row for row in retried.values() if row is not None])
    for task, row in retried.items():
        if row is not None:
            click.echo(task)
    say(f"{counted(sum(row is not None for row in retried.values()), 'task', 'tasks')} will run again.")
    unknown = [str(task) for task, row in retried.items() if row is None]
    if unknown:
        raise CannotError(f"Finished or unknown: {', '.join(unknown)}. See: slots pending list")
