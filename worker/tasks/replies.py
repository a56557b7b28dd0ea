"""Tasks about what customers text back. Their argument is the text's SID; the text itself is the recorded webhook.

`accept_offer` and `decline_offer` take an offer's id as well, for an answer that was no text.
"""

from domain import events as ev
from domain.templates import Kind
from worker import replying
from worker.job import Job, Outcome, task


@task("accept_offer")
def accept_offer(job: Job, answered: str) -> Outcome:
    """YES: the slot is theirs if they are in time."""
    return replying.answer(job, answered, replying.accepted, Kind.NO_LIVE_OFFER)


@task("decline_offer")
def decline_offer(job: Job, answered: str) -> Outcome:
    """NO: the next customer is asked at once."""
    return replying.answer(job, answered, ev.OfferDeclined, None)


@task("ask_back")
def ask_back(job: Job, message_sid: str) -> Outcome:
    """Neither yes nor no: one short question back, who we are, the shop's staff, or nothing."""
    return replying.respond(job, message_sid)


@task("opt_out")
def opt_out(job: Job, message_sid: str) -> Outcome:
    """STOP: no more texts, for good."""
    return replying.opt_out(job, message_sid)


@task("opt_in")
def opt_in(job: Job, message_sid: str) -> Outcome:
    """START: texts are welcome again."""
    return replying.opt_in(job, message_sid)
