"""Actions of staff on a recovery."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from db.recoveries import offers, recoveries
from domain import events as ev
from worker.apply_events import apply_event_to
from worker.dependencies import Dependencies
from worker.task_run import Outcome, TaskRun, task

NOTHING_TO_DO = "nothing to do"
"""The outcome of an action that the current stage does not allow."""

ACTIONS: dict[str, Callable[[], ev.Event]] = {
    "ask_next": ev.NextAskedByHand,
    "stop": ev.SearchStopped,
    "sold_by_hand": ev.SoldByHand,
    "start_again": ev.StartedAgain,
}


@task("step_in")
def step_in(run: TaskRun, slot_opening_id: UUID, action: str, actor: str) -> Outcome:
    """Applies an action of a member of staff, which is one of ACTIONS."""
    with run.last_transaction() as session:
        return run.settle(session, _apply(session, run.dependencies, slot_opening_id, action, actor))


def _apply(session: Session, dependencies: Dependencies, slot_opening_id: UUID, action: str, actor: str) -> Outcome:
    """`actor`, the id of the member of staff, is written to the audit log."""
    event = ACTIONS.get(action)
    if event is None:
        return {"outcome": "unknown action", "reason": f"There is no action {action!r}: {', '.join(ACTIONS)}."}
    loaded = recoveries.load(session, slot_opening_id)
    if loaded is None:
        return {"outcome": "not found", "reason": "There is no such slot."}
    decision = apply_event_to(session, dependencies, loaded, event(), actor=actor)
    offers.note_ended_by(session, slot_opening_id, actor)
    done = decision.effects or decision.recovery != loaded.recovery
    return {"outcome": action if done else NOTHING_TO_DO, "reason": decision.reason}
