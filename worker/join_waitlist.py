"""Tasks for customers who join the waiting list."""

from uuid import UUID

from db.customers import email_consent_links
from db.waitlist import join_requests, waitlist_links
from messaging import join_messages
from worker.task_run import Outcome, TaskRun, task


@task("send_join_code")
def send_join_code(run: TaskRun, request_id: UUID) -> Outcome:
    """Writes the text with the code that verifies the phone number of a customer who joins the waiting list."""
    with run.transaction() as session:
        request = join_requests.to_send(session, request_id)
        if request is None:
            return run.settle(session, {"outcome": "nothing to send"})
        outcome = join_messages.write_join_code(session, run.dependencies.senders, request)
        return run.settle(session, {"outcome": outcome})


@task("confirm_joining")
def confirm_joining(run: TaskRun, entry_id: UUID) -> Outcome:
    """Writes the text that confirms a waiting-list entry and, if the entry has an e-mail address, the e-mail that
    verifies this address.
    """
    with run.transaction() as session:
        joined = waitlist_links.joined(session, entry_id)
        if joined is None:
            return run.settle(session, {"outcome": "nothing to send"})
        join_messages.confirm(session, joined, senders=run.dependencies.senders)
        email = email_consent_links.of_entry(session, joined.id)
        if email is not None and email.valid:
            join_messages.ask_to_confirm_email(session, run.dependencies.senders, email)
        return run.settle(session, {"outcome": "written"})
