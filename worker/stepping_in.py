"""What staff may do with a recovery by hand, by the name of the action."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from db import offers, recoveries
from domain import events as ev
from worker.decisions import happens_to
from worker.job import Outcome
from worker.tools import Tools

NOTHING_TO_DO = "nothing to do"
"""The outcome of an action that the stage of the recovery does not allow any more."""

ACTIONS: dict[str, Callable[[], ev.Event]] = {
    "ask_next": ev.NextAskedByHand,
    "stop": ev.SearchStopped,
    "sold_by_hand": ev.SoldByHand,
    "start_again": ev.StartedAgain,
}


def step_in(session: Session, tools: Tools, slot_opening_id: UUID, action: str, actor: str) -> Outcome:
    """`actor` is the id of the member of staff; it stands in the log."""
    event = ACTIONS.get(action)
    if event is None:
        return {"outcome": "unknown action", "because": f"There is no action {action!r}: {', '.join(ACTIONS)}."}
    loaded = recoveries.load(session, slot_opening_id)
    if loaded is None:
        return {"outcome": "not found", "because": "There is no such slot."}
    decision = happens_to(session, tools, loaded, event(), actor=actor)
    offers.note_ended_by(session, slot_opening_id, actor)
    done = decision.effects or decision.recovery != loaded.recovery
    return {"outcome": action if done else NOTHING_TO_DO, "because": decision.because}
