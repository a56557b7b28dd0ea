"""What staff may do with a recovery by hand, by the name of the action."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from db import offers
from domain import events as ev
from worker.decisions import happens
from worker.job import Outcome
from worker.tools import Tools

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
    decision = happens(session, tools, slot_opening_id, event(), actor=actor)
    offers.note_ended_by(session, slot_opening_id, actor)
    return {"outcome": "not found"} if decision is None else {"outcome": action, "because": decision.because}
