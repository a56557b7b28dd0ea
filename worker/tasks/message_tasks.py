"""Tasks that send messages and record their delivery."""

from uuid import UUID

from worker.appointments import reminders
from worker.messages import email_status, message_status, sending
from worker.task_run import Outcome, TaskRun, task


@task("send_message")
def send_message(run: TaskRun, message_id: str) -> Outcome:
    """Sends a message through its carrier, once."""
    return sending.send(run, UUID(message_id))


@task("send_by_day")
def send_by_day(run: TaskRun, message_id: str) -> Outcome:
    """Sends a reminder outside the recipient's quiet hours."""
    return reminders.send_by_day(run, UUID(message_id))


@task("update_message_status")
def update_message_status(run: TaskRun, message_id: str) -> Outcome:
    """Records a status callback of the carrier."""
    return message_status.update_status(run, UUID(message_id))


@task("update_email_status")
def update_email_status(run: TaskRun, email_id: str) -> Outcome:
    """Records a report of the e-mail provider. `email_id` is the provider's."""
    return email_status.update_email_status(run, email_id)
