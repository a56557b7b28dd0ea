"""`slots pending`: what is still to be done, and giving what is set aside a fresh start."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import click

from cli.help import Command, LazyGroup
from cli.printing import as_json_option
from cli.target_system import CannotError, database, with_data

if TYPE_CHECKING:
    from views.pending_work import PendingTask

COMMANDS = {"list": "cli.pending:list_pending", "retry": "cli.pending:retry"}
EXAMPLES = """\
slots pending list                  everything that is still to be done
slots pending list --parked         what was set aside for a human, with the reason
slots pending retry --all-parked    all of it again, once the cause is fixed
"""
HEADINGS = ("task", "name", "state", "due", "tries", "about", "last error")
LONGEST_ERROR = 100


@click.group(
    cls=LazyGroup, commands_at=COMMANDS, examples=EXAMPLES, short_help="List what is to be done; restart it."
)
def pending() -> None:
    """Look at tasks that are still to be done, and restart those that were set aside."""


@click.command("list", cls=Command, examples="slots pending list --late --name send_message")
@click.option("--parked", is_flag=True, help="Only what was set aside after too many tries.")
@click.option("--late", is_flag=True, help="Only what should have been done by now.")
@click.option("--name", help="Only tasks of this name.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most this many.")
@as_json_option
@with_data
def list_pending(parked: bool, late: bool, name: str | None, limit: int, as_json: bool) -> None:
    """List tasks that are not done, the longest due first.

    Exit codes: 0 listed (perhaps none), 1 could not be read.
    """
    from cli.printing import print_json, print_table
    from cli.progress import say
    from views.pending_work import TaskState, unsettled

    asked = {TaskState.PARKED: parked, TaskState.LATE: late}
    states = tuple(state for state, wanted in asked.items() if wanted) or None
    with database() as session:
        found = unsettled(session, limit=limit, states=states, name=name)
    if as_json:
        print_json(found)
    elif found:
        print_table(HEADINGS, [_row(one) for one in found])
    else:
        say("Nothing is left to be done." if states is None and name is None else "None.")
    if any(one.state is TaskState.PARKED for one in found):
        say("Once the reason is mended: slots pending retry <task>, or --all-parked")


def _row(one: "PendingTask") -> tuple[str, ...]:
    from cli.printing import ago, without_phones

    late = one.late_seconds
    due = f"{ago(late)} ago" if late > 0 else f"in {ago(-late)}"
    error = without_phones((one.last_error or "").replace("\n", " "))[:LONGEST_ERROR]
    return str(one.id), one.name, one.state.value, due, str(one.attempts), " ".join(map(str, one.args)), error


@click.command("retry", cls=Command, examples="slots pending retry 35afde0f-282e-46ad-b107-0aed529df212")
@click.argument("tasks", metavar="[TASK]...", nargs=-1, type=click.UUID)
@click.option("--all-parked", is_flag=True, help="Everything that is set aside.")
@click.option("--name", help="With --all-parked: only tasks of this name.")
@with_data
def retry(tasks: Sequence[UUID], all_parked: bool, name: str | None) -> None:
    """Restart tasks at once, their attempts counted from zero.

    Prints the ids of the tasks that were given back.

    Exit codes: 0 given back, 1 one of them is done already or unknown (the others are given back), 2 not understood.
    """
    from cli.add_tasks import add_task
    from cli.progress import say
    from db.pending_tasks import unpark
    from domain.plurals import counted
    from views.pending_work import TaskState, unsettled

    if bool(tasks) == all_parked:
        raise click.UsageError("Name the tasks, or say --all-parked. See: slots pending list --parked")
    with database() as session:
        if all_parked:
            parked = unsettled(session, limit=100_000, states=(TaskState.PARKED,), name=name)
            tasks = [one.id for one in parked]
        given = {task: unpark(session, task) for task in tasks}
    add_task([row for row in given.values() if row is not None])
    for task, row in given.items():
        if row is not None:
            click.echo(task)
    say(f"{counted(sum(row is not None for row in given.values()), 'task starts', 'tasks start')} again.")
    unknown = [str(task) for task, row in given.items() if row is None]
    if unknown:
        raise CannotError(f"Done already, or never there: {', '.join(unknown)}. See: slots pending list")
