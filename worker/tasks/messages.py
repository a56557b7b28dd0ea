"""Tasks about texts on their way."""

from uuid import UUID

from worker import reminding, sending
from worker.job import Job, Outcome, task


@task("send_message")
def send_message(job: Job, message_id: str) -> Outcome:
    """Hands one message to its carrier, once."""
    return sending.send(job, UUID(message_id))


@task("send_by_day")
def send_by_day(job: Job, message_id: str) -> Outcome:
    """The same for what can wait: not in the recipient's night."""
    return reminding.send_by_day(job, UUID(message_id))


@task("update_message_status")
def update_message_status(job: Job, message_id: str) -> Outcome:
    """What the carrier says about a message of ours."""
    return sending.hear_status(job, UUID(message_id))
