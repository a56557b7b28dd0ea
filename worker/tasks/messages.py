"""Tasks about texts on their way."""

from uuid import UUID

from worker import sending
from worker.job import Job, Outcome, task


@task("send_message")
def send_message(job: Job, message_id: str) -> Outcome:
    """Hands one message to its carrier, once."""
    return sending.send(job, UUID(message_id))


@task("update_message_status")
def update_message_status(job: Job, message_id: str) -> Outcome:
    """What the carrier says about a message of ours."""
    return sending.hear_status(job, UUID(message_id))
