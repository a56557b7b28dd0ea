"""Tasks about what customers text back. Their argument is the text's SID; the text itself is the recorded webhook.

`accept_offer` and `decline_offer` take an offer's id as well, for an answer that was no text.
"""

from domain import events as ev
from domain.templates import TextKind
from worker.offers import customer_replies
from worker.task_run import Outcome, TaskRun, task


@task("accept_offer")
def accept_offer(run: TaskRun, answered: str) -> Outcome:
    """YES: the slot is theirs if they are in time."""
    return customer_replies.answer(run, answered, customer_replies.accepted, TextKind.NO_LIVE_OFFER)


@task("decline_offer")
def decline_offer(run: TaskRun, answered: str) -> Outcome:
    """NO: the next customer is asked at once."""
    return customer_replies.answer(run, answered, ev.OfferDeclined, None)


@task("ask_back")
def ask_back(run: TaskRun, message_sid: str) -> Outcome:
    """Neither yes nor no: one short question back, who we are, the shop's staff, or nothing."""
    return customer_replies.respond(run, message_sid)


@task("opt_out")
def opt_out(run: TaskRun, message_sid: str) -> Outcome:
    """STOP: no more texts, for good."""
    return customer_replies.opt_out(run, message_sid)


@task("opt_in")
def opt_in(run: TaskRun, message_sid: str) -> Outcome:
    """START: texts are welcome again."""
    return customer_replies.opt_in(run, message_sid)
