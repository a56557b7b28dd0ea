"""Tasks about the members of staff."""

from uuid import UUID

from worker import telling_staff
from worker.job import Job, Outcome, task


@task("send_sign_in_code")
def send_sign_in_code(job: Job, code_id: str) -> Outcome:
    """Writes the message with the code that somebody asked for at sign-in; nobody who works here: nothing."""
    return telling_staff.send_code(job, UUID(code_id))


@task("send_invitation")
def send_invitation(job: Job, invitation_id: str) -> Outcome:
    """Writes the message with the link by which an invited member of staff confirms an address."""
    return telling_staff.send_invitation(job, UUID(invitation_id))


@task("alert_staff")
def alert_staff(job: Job, shop_id: str) -> Outcome:
    """E-mails the staff of a shop what needs a human and was not e-mailed yet."""
    return telling_staff.send_alerts(job, UUID(shop_id))
