"""Tasks about texts on their way."""

from uuid import UUID

from worker.appointments import reminders
from worker.messages import send_text
from worker.task_run import Outcome, TaskRun, task


@task("send_message")
def send_message(run: TaskRun, message_id: str) -> Outcome:
    """Hands one message to its carrier, once."""
    return send_text.send(run, UUID(message_id))


@task("send_by_day")
def send_by_day(run: TaskRun, message_id: str) -> Outcome:
    """The same for what can wait: not in the recipient's night."""
    return reminders.send_by_day(run, UUID(message_id))


@task("update_message_status")
def update_message_status(run: TaskRun, message_id: str) -> Outcome:
    """What the carrier says about a message of ours."""
    return send_text.update_status(run, UUID(message_id))
