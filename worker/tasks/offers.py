"""Tasks about offers."""

from functools import partial
from uuid import UUID

from db import recoveries
from worker import search, stepping_in
from worker.gates import cooldown
from worker.gates.slot_lock import slot_lock
from worker.job import Job, Outcome, task


@task("send_next_offer")
def send_next_offer(job: Job, slot_opening_id: str) -> Outcome:
    """Asks the next customer in line."""
    with job.transaction() as session:
        time = recoveries.time_of(session, UUID(slot_opening_id))
    if time is None:
        return {"outcome": "not found", "answer": {"error": "Slot opening not found"}}
    with slot_lock(job.tools.gates, *time), job.transaction() as session:
        asked = search.ask_next(session, job.tools, UUID(slot_opening_id))
        outcome = job.settle(session, asked.outcome)
    if asked.customer_id and asked.offer_id and asked.loaded:
        rest = asked.loaded.policy.cooldown
        job.after_commit.append(partial(cooldown.keep, job.tools.gates, asked.customer_id, asked.offer_id, rest))
    return outcome


@task("step_in")
def step_in(job: Job, slot_opening_id: str, action: str, actor: str) -> Outcome:
    """What a member of staff wants done with a recovery: one of the actions in `worker.stepping_in`."""
    with job.transaction() as session:
        return job.settle(session, stepping_in.step_in(session, job.tools, UUID(slot_opening_id), action, actor))
