"""Handles actions of staff on a recovery."""

from collections.abc import Callable
from uuid import UUID

from db.recoveries import offers, recoveries
from domain import events as ev
from worker.apply_events import apply_event_to
from worker.task_run import Outcome, TaskRun, task

NOTHING_TO_DO = "nothing to do"
"""The outcome if the current stage does not allow the action."""

ACTIONS: dict[str, Callable[[], ev.Event]] = {
    "ask_next": ev.NextAskedByHand,
    "stop": ev.SearchStopped,
    "sold_by_hand": ev.SoldByHand,
    "start_again": ev.StartedAgain,
}


@task("step_in")
def step_in(run: TaskRun, slot_opening_id: UUID, action: str, actor: str) -> Outcome:
    """Applies `action`, one of ACTIONS, on behalf of a member of staff.

    `actor`: the member's id for the audit log.
    """
    event = ACTIONS.get(action)
    if event is None:
        return {"outcome": "unknown action", "reason": f"Unknown action {action!r}. Actions: {', '.join(ACTIONS)}."}
    with run.last_transaction() as session:
        loaded = recoveries.load(session, slot_opening_id)
        if loaded is None:
            return run.settle(session, {"outcome": "not found", "reason": "There is no such slot."})
        decision = apply_event_to(session, run.dependencies, loaded, event(), actor=actor)
        offers.note_ended_by(session, slot_opening_id, actor)
        done = decision.effects or decision.recovery != loaded.recovery
        return run.settle(session, {"outcome": action if done else NOTHING_TO_DO, "reason": decision.reason})
