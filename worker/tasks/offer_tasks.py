"""Tasks about offers."""

from functools import partial
from uuid import UUID

from db.recoveries import recoveries
from outbox.job_answers import SLOT_NOT_FOUND
from worker.gates import cooldown
from worker.gates.slot_lock import slot_lock
from worker.offers import ask_next, staff_choices, staff_requests
from worker.task_run import Outcome, TaskRun, task


@task("send_next_offer")
def send_next_offer(run: TaskRun, slot_opening_id: str) -> Outcome:
    """Offers the slot to the next customer."""
    with run.dependencies.transactions.single() as session:
        time = recoveries.time_of(session, UUID(slot_opening_id))
    if time is None:
        return {"outcome": SLOT_NOT_FOUND}
    with slot_lock(run.dependencies.gates, *time), run.last_transaction() as session:
        asked = ask_next.ask_next(session, run.dependencies, UUID(slot_opening_id))
        outcome = run.settle(session, asked.outcome)
    if asked.customer_id and asked.offer_id and asked.loaded:
        rest = asked.loaded.policy.cooldown
        run.after_commit.append(
            partial(cooldown.keep, run.dependencies.gates, asked.customer_id, asked.offer_id, rest)
        )
    return outcome


@task("choose_customer")
def choose_customer(run: TaskRun, slot_opening_id: str, action: str, customer_id: str, actor: str) -> Outcome:
    """Skips a customer for the slot or puts one first. The actions are ACTIONS in `worker.offers.staff_choices`."""
    with run.transaction() as session:
        outcome = staff_choices.choose(
            session, run.dependencies, UUID(slot_opening_id), action, UUID(customer_id), actor
        )
        return run.settle(session, outcome)


@task("step_in")
def step_in(run: TaskRun, slot_opening_id: str, action: str, actor: str) -> Outcome:
    """Applies an action of a member of staff. The actions are ACTIONS in `worker.offers.staff_requests`."""
    with run.last_transaction() as session:
        return run.settle(
            session, staff_requests.step_in(session, run.dependencies, UUID(slot_opening_id), action, actor)
        )
