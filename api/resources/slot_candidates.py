"""Lists the next customers for a slot opening in order, and skips or picks a customer."""

from functools import partial
from typing import Literal
from uuid import UUID

from api.answers import Answer
from api.call import Call
from api.endpoint import Endpoint, EndpointTable
from api.fields import Moment, RequestModel, ResponseModel
from api.problems import ProblemError, not_found
from api.resources.slot_openings import SlotOpeningResponse, slot_or_404
from db import clock
from db.recoveries import candidates
from db.recoveries.recoveries import policy_of_shop
from db.tasks import pending_tasks
from domain.eligibility import why_not
from domain.ranking import Line
from domain.state import RUNNING
from views import recovery_overview
from views.next_in_line import next_in_line, reason_for


class CandidateInLine(ResponseModel):
    """A customer who can be asked.

    `line` is the group to which the customer belongs; `reason` explains the customer's position.
    """

    place: int
    customer_id: UUID
    line: Literal["picked", "waiting_list", "move_up", "others"]
    priority: int
    since: Moment | None
    reason: str


class Candidates(ResponseModel):
    """At most ten customers who are asked next, in order. Empty if the slot is sold or closed."""

    data: list[CandidateInLine]


class CustomerOfSlot(RequestModel):
    """The customer to skip or to ask next."""

    customer_id: UUID


LINES: dict[Line, Literal["waiting_list", "move_up", "others"]] = {
    Line.WAITING: "waiting_list",
    Line.MOVING: "move_up",
    Line.OTHERS: "others",
}
IN_LINE = 10


ENDPOINTS = EndpointTable()


@ENDPOINTS.add("GET", "/slot-openings/<uuid:id>/candidates", {200: Candidates}, problems={404})
def candidates_of(call: Call, id: UUID) -> Answer:
    """Show the customers who are asked next about a slot opening, with the reasons for their order."""
    recovery = recovery_overview.one(call.session, id, shop_id=call.shop_id)
    if recovery is None:
        raise not_found()
    found = []
    if recovery.stage in RUNNING:
        policy = policy_of_shop(call.session, call.shop_id)
        found = next_in_line(call.session, recovery, policy=policy, limit=IN_LINE)
    data = [
        CandidateInLine(
            place=place,
            customer_id=one.candidate.customer_id,
            line="picked" if one.picked else LINES[one.candidate.line],
            priority=one.candidate.priority,
            since=one.candidate.since,
            reason=reason_for(one),
        )
        for place, one in enumerate(found, 1)
    ]
    return Answer(Candidates(data=data))


def choose(action: str, call: Call, id: UUID, body: CustomerOfSlot) -> Answer:
    """Starts a worker task that skips or picks a customer. Raises ProblemError for a pick that a rule forbids."""
    slot = slot_or_404(call, id)
    candidate = candidates.one(call.session, id, body.customer_id)
    if candidate is None or not candidate.facts.same_shop:
        raise not_found("/customer_id")
    if action == "pick":
        now, policy = clock.now(call.session), policy_of_shop(call.session, call.shop_id)
        if rule := why_not(candidate.facts, now=now, policy=policy):
            raise ProblemError("conflict", rule.reason)
    pending_tasks.add(call.session, "choose_customer", id, action, body.customer_id, call.actor, shop_id=call.shop_id)
    return Answer(SlotOpeningResponse.model_validate(slot), 202)


CHOICES = {
    "skip": "Do not ask this customer about the slot.",
    "unskip": "Let a skipped customer be asked again.",
    "pick": "Ask this customer next, under the same rules.",
}
ENDPOINTS.extend(
    Endpoint(
        method="POST",
        path=f"/slot-openings/<uuid:id>/{action}",
        answer=partial(choose, action),
        body=CustomerOfSlot,
        summary=summary,
        answers={202: SlotOpeningResponse},
        problems={404, 409},
    )
    for action, summary in CHOICES.items()
)
