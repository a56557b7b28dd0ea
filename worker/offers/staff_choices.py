"""Lets the staff skip a customer for a slot or pick the next customer, under the same rules as every search."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from db import audit
from db.recoveries import candidates, recoveries, slot_choices
from db.recoveries.candidates import Candidate
from db.recoveries.recoveries import Loaded
from db.recoveries.slot_choices import Choice
from db.tasks import pending_tasks
from domain.eligibility import why_not
from domain.recovery import stage_of
from domain.state import RUNNING, Stage
from messaging.channel_choice import with_usable_channels
from worker.task_run import Outcome, TaskRun, task

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """An action by `actor` on a customer, for a locked recovery."""

    loaded: Loaded
    candidate: Candidate
    actor: str

    @property
    def who(self) -> str:
        return self.candidate.name or "The customer"

    def saved_as(self, session: Session, choice: Choice) -> None:
        slot = self.loaded.recovery.slot
        customer_id = self.candidate.customer_id
        slot_choices.choose(
            session, choice, shop_id=slot.shop_id, slot_opening_id=slot.id, customer_id=customer_id, by=self.actor
        )

    def note(self, session: Session, event: str, reason: str) -> None:
        slot, detail = self.loaded.recovery.slot, {"customer": str(self.candidate.customer_id)}
        audit.note(
            session,
            event=event,
            reason=reason,
            shop_id=slot.shop_id,
            slot_opening_id=slot.id,
            actor=self.actor,
            detail=detail,
        )


def _skip(session: Session, choice: CustomerChoice) -> Outcome:
    """Skips a customer who has not been asked yet."""
    if choice.candidate.facts.asked_for_this_slot:
        return {"outcome": REFUSED, "reason": f"{choice.who} was already asked. Ask the next customer instead."}
    choice.saved_as(session, Choice.SKIP)
    choice.note(session, "CustomerSkipped", "They are not asked about this slot.")
    return {"outcome": "skip", "reason": f"{choice.who} is not asked about this slot."}


def _unskip(session: Session, choice: CustomerChoice) -> Outcome:
    """Lets a skipped customer be asked again."""
    slot = choice.loaded.recovery.slot
    if not slot_choices.forget(session, slot.id, choice.candidate.customer_id):
        return {"outcome": "nothing to do", "reason": f"{choice.who} was not skipped."}
    choice.note(session, "CustomerUnskipped", "They can be asked about this slot again.")
    _search(session, choice)
    return {"outcome": "unskip", "reason": f"{choice.who} can be asked about this slot again."}


def _pick(session: Session, choice: CustomerChoice) -> Outcome:
    """Puts the customer first in line. If a rule forbids this, the outcome gives the reason."""
    loaded = choice.loaded
    rule = why_not(choice.candidate.facts, now=loaded.now, policy=loaded.policy)
    if rule is not None:
        return {"outcome": REFUSED, "reason": f"{choice.who} can't be asked next. {rule.reason}"}
    choice.saved_as(session, Choice.NEXT)
    choice.note(session, "CustomerPicked", "They are asked next, before everyone else in line.")
    _search(session, choice)
    return {"outcome": "pick", "reason": f"{choice.who} is asked next."}


def _search(session: Session, choice: CustomerChoice) -> None:
    """Resumes a search that may be waiting. Does nothing while a customer is being asked."""
    slot = choice.loaded.recovery.slot
    if stage_of(choice.loaded.recovery) is Stage.LOOKING:
        pending_tasks.add(session, "send_next_offer", slot.id, shop_id=slot.shop_id)


ACTIONS: dict[str, Callable[[Session, CustomerChoice], Outcome]] = {
    "skip": _skip,
    "unskip": _unskip,
    "pick": _pick,
}


@task("choose_customer")
def choose_customer(run: TaskRun, slot_opening_id: UUID, action: str, customer_id: UUID, actor: str) -> Outcome:
    """Skips a customer for the slot, or puts a customer first.

    `action`: one of ACTIONS. `actor`: the id for the audit log.
    """
    with run.transaction() as session:
        loaded = recoveries.load(session, slot_opening_id)
        candidate = candidates.one(session, slot_opening_id, customer_id)
        if loaded is None or candidate is None or not candidate.facts.same_shop:
            return run.settle(session, {"outcome": "not found", "reason": "There is no such slot or customer."})
        if stage_of(loaded.recovery) not in RUNNING:
            return run.settle(session, {"outcome": "nothing to do", "reason": "This slot is no longer offered."})
        loaded = replace(loaded, policy=with_usable_channels(loaded.policy, run.dependencies.senders))
        return run.settle(session, ACTIONS[action](session, CustomerChoice(loaded, candidate, actor)))
