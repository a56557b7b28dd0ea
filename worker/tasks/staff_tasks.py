"""Tasks about the members of staff."""

from uuid import UUID

from worker.messages import staff_messages
from worker.task_run import Outcome, TaskRun, task


@task("send_sign_in_code")
def send_sign_in_code(run: TaskRun, code_id: str) -> Outcome:
    """Writes the message with a sign-in code, if the address belongs to a member of staff."""
    return staff_messages.send_code(run, UUID(code_id))


@task("send_invitation")
def send_invitation(run: TaskRun, invitation_id: str) -> Outcome:
    """Writes the message with the link by which an invited member of staff confirms an address."""
    return staff_messages.send_invitation(run, UUID(invitation_id))


@task("alert_staff")
def alert_staff(run: TaskRun, shop_id: str) -> Outcome:
    """E-mails the staff of a shop the notifications that need a person, each once."""
    return staff_messages.send_alerts(run, UUID(shop_id))
