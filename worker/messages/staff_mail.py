"""Tasks that write messages to members of staff."""

from uuid import UUID

from db.access import otp_codes, staff_invitations
from db.recoveries import test_offers
from messaging import staff_messages
from telemetry import metrics
from worker.task_run import Outcome, TaskRun, task

NOTHING_TO_SEND: Outcome = {"outcome": "nothing to send"}


@task("send_sign_in_code")
def send_sign_in_code(run: TaskRun, code_id: UUID) -> Outcome:
    """Writes the message with the sign-in code if the address belongs to a member of staff."""
    with run.transaction() as session:
        code = otp_codes.to_send(session, code_id)
        if code is None:
            return run.settle(session, NOTHING_TO_SEND)
        staff_messages.warn_of_many_codes(session, code)
        outcome = staff_messages.write_code(session, run.dependencies.senders, code)
        metrics.SIGN_IN_CODES.labels(outcome).inc()
        return run.settle(session, {"outcome": outcome})


@task("send_invitation")
def send_invitation(run: TaskRun, invitation_id: UUID) -> Outcome:
    """Writes the message with the link that an invited member of staff uses to confirm an address."""
    with run.transaction() as session:
        invitation = staff_invitations.to_send(session, invitation_id)
        if invitation is None or not invitation.valid:
            return run.settle(session, NOTHING_TO_SEND)
        outcome = staff_messages.write_invitation(session, run.dependencies.senders, invitation)
        return run.settle(session, {"outcome": outcome})


@task("send_test_offer")
def send_test_offer(run: TaskRun, staff_id: UUID) -> Outcome:
    """Texts an offer, as customers see it, to a member of staff, at most once in five minutes."""
    with run.transaction() as session:
        member = test_offers.recipient(session, staff_id)
        if member is None:
            return run.settle(session, NOTHING_TO_SEND)
        outcome = staff_messages.write_test_offer(session, member)
        return run.settle(session, {"outcome": outcome})


@task("alert_staff")
def alert_staff(run: TaskRun, shop_id: UUID) -> Outcome:
    """Sends each notification that requires action to the shop's staff by e-mail, once."""
    if not run.dependencies.senders.email_ready:
        return {"outcome": "no e-mail"}
    with run.transaction() as session:
        count = staff_messages.write_alerts(session, run.dependencies.senders, shop_id)
        return run.settle(session, {"outcome": "written", "count": count})
