"""Tasks about replies. Their argument is the SID of the text, which is stored as a webhook.

`accept_offer` and `decline_offer` also accept the id of an offer, for a reply that was not a text.
"""

from domain import events as ev
from domain.templates import TextKind
from worker.offers import customer_replies, leave_waitlist_by_text
from worker.task_run import Outcome, TaskRun, task


@task("accept_offer")
def accept_offer(run: TaskRun, answered: str) -> Outcome:
    """Handles YES: books the slot if the offer is still live."""
    return customer_replies.answer(run, answered, customer_replies.accepted, TextKind.NO_LIVE_OFFER)


@task("decline_offer")
def decline_offer(run: TaskRun, answered: str) -> Outcome:
    """Handles NO: ends the offer, so that the next customer is asked at once."""
    return customer_replies.answer(run, answered, ev.OfferDeclined, None)


@task("ask_back")
def ask_back(run: TaskRun, message_sid: str) -> Outcome:
    """Handles any other text: replies with a question or an answer, notifies staff, or does nothing."""
    return customer_replies.respond(run, message_sid)


@task("opt_out")
def opt_out(run: TaskRun, message_sid: str) -> Outcome:
    """Handles STOP: suppresses the number for this shop."""
    return customer_replies.opt_out(run, message_sid)


@task("leave_waitlist")
def leave_waitlist(run: TaskRun, message_sid: str) -> Outcome:
    """Handles LEAVE: ends the customer's entries on the waiting list. The customer stays opted in."""
    return leave_waitlist_by_text.leave(run, message_sid)


@task("opt_in")
def opt_in(run: TaskRun, message_sid: str) -> Outcome:
    """Handles START: lifts the suppression."""
    return customer_replies.opt_in(run, message_sid)
