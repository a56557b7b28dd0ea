"""Slot openings, which are free time slots that are offered to customers, and the staff actions on them."""

from datetime import timedelta
from functools import partial
from typing import Literal
from uuid import UUID

from api.answers import Answer
from api.appointment_fields import checked_end
from api.call import Call
from api.constraint_problems import overlaps_as_problems
from api.endpoint import Endpoint, EndpointTable
from api.fields import Cents, Instant, Moment, RequestModel, ResponseModel, optional
from api.pages import ListPage, PageQuery, next_cursor
from api.problems import ProblemError, invalid, not_found
from db.appointments import appointment_records, slot_times
from db.appointments.slot_times import FreedTime, GapRefusedError
from db.tasks import pending_tasks
from domain.channels import Channel
from providers.code_descriptions import carrier_code, decline_code
from views import slot_records
from views.slot_records import SlotRecord
from views.timeline import Codes
from views.timeline.whole_timeline import timeline

CODES = Codes(carrier=carrier_code, decline=decline_code)


class OfferResponse(ResponseModel):
    """An offer to one customer."""

    id: UUID
    customer_id: UUID
    channel: Channel
    status: Literal["pending", "sent", "accepted", "expired", "declined", "failed"]
    sent_at: Moment | None
    expires_at: Moment | None
    ended_at: Moment | None


class SlotOpeningResponse(ResponseModel):
    """A free time slot, with the `stage` of its recovery, the `reason` for the stage, and its deadline `until`."""

    id: UUID
    status: Literal["open", "filled", "expired"]
    stage: str
    reason: str | None
    starts_at: Moment
    ends_at: Moment
    performer_id: UUID | None
    service_id: UUID | None
    source_appointment_id: UUID | None
    recovered_appointment_id: UUID | None
    until: Moment | None
    created_at: Moment
    updated_at: Moment
    offers: list[OfferResponse]


class TimelineEntryResponse(ResponseModel):
    """One entry of the timeline of a recovery, in plain sentences without names."""

    at: Moment
    kind: str
    headline: str
    reason: str
    customer_id: UUID | None
    slot_offer_id: UUID | None
    appointment_id: UUID | None


class SlotOpeningWithTimeline(SlotOpeningResponse):
    """A free time slot with the timeline of its recovery, in chronological order."""

    timeline: list[TimelineEntryResponse]


class SlotOpeningPage(ListPage[SlotOpeningResponse]):
    """A page of slot openings."""


class SlotOpeningQuery(PageQuery):
    """Filters for slot openings, combined with AND."""

    status: Literal["open", "filled", "expired"] | None = None


class NewSlotOpening(RequestModel):
    """A free time that did not result from a cancellation.

    Requires `ends_at`, or a `service_id` whose duration determines the end.
    """

    starts_at: Instant
    ends_at: Instant = optional()
    service_id: UUID | None = None
    performer_id: UUID | None = None
    deposit_cents: Cents | None = None


ENDPOINTS = EndpointTable()


@ENDPOINTS.add("GET", "/slot-openings", {200: SlotOpeningPage})
def list_(call: Call, query: SlotOpeningQuery) -> Answer:
    """List slot openings, newest first."""
    order = slot_records.NEWEST_FIRST
    records, last = slot_records.page(
        call.session, call.shop_id, status=query.status, after=query.after(order.name), limit=query.limit
    )
    data = [SlotOpeningResponse.model_validate(record) for record in records]
    return Answer(SlotOpeningPage(data=data, next_cursor=next_cursor(last, order.name)))


@ENDPOINTS.add("GET", "/slot-openings/<uuid:id>", {200: SlotOpeningWithTimeline}, problems={404})
def show(call: Call, id: UUID) -> Answer:
    """Show a slot opening with its timeline."""
    slot = slot_or_404(call, id)
    found = timeline(call.session, id, shop_id=call.shop_id, codes=CODES)
    entries = [
        TimelineEntryResponse(
            at=entry.at,
            kind=entry.kind.value.replace(" ", "_"),
            headline=entry.headline,
            reason=entry.reason,
            customer_id=entry.who.id if entry.who else None,
            slot_offer_id=entry.slot_offer_id,
            appointment_id=entry.appointment_id,
        )
        for entry in (found.entries if found else ())
    ]
    own = SlotOpeningResponse.model_validate(slot)
    return Answer(SlotOpeningWithTimeline(**dict(own), timeline=entries))


def slot_or_404(call: Call, id: UUID) -> SlotRecord:
    """Returns the slot opening. Raises ProblemError if the shop has no slot opening with this id."""
    found = slot_records.one(call.session, call.shop_id, id)
    if found is None:
        raise not_found()
    return found


@ENDPOINTS.add("POST", "/slot-openings", {201: SlotOpeningResponse}, problems={404, 409})
def create(call: Call, body: NewSlotOpening) -> Answer:
    """Offer customers a free time that did not result from a cancellation."""
    known = appointment_records.references(
        call.session,
        call.shop_id,
        customer_id=None,
        performer_id=body.performer_id,
        service_id=body.service_id,
    )
    if not known.performer or not known.service:
        raise not_found("/service_id" if known.performer else "/performer_id")
    gap = FreedTime(
        call.shop_id,
        body.performer_id,
        body.starts_at,
        checked_end(body.starts_at, _end(body, known.duration_minutes)),
        service_id=body.service_id,
        deposit_cents=body.deposit_cents,
    )
    try:
        with overlaps_as_problems():
            id = slot_times.sell_gap(call.session, gap, by=call.actor)
    except GapRefusedError as refused:
        raise ProblemError("conflict", str(refused)) from None
    return Answer(SlotOpeningResponse.model_validate(slot_or_404(call, id)), 201)


def _end(body: NewSlotOpening, minutes: int | None) -> Moment:
    if "ends_at" in body.model_fields_set:
        return body.ends_at
    if minutes is None:
        raise invalid("/ends_at", "Send ends_at, or a service_id whose length applies.")
    return body.starts_at + timedelta(minutes=minutes)


def act(action: str, call: Call, id: UUID) -> Answer:
    """Starts a worker task, which carries out the action if the rules allow it.

    The response shows the slot before the action.
    """
    slot = slot_or_404(call, id)
    pending_tasks.add(call.session, "step_in", id, action, call.actor, shop_id=call.shop_id)
    return Answer(SlotOpeningResponse.model_validate(slot), 202)


ACTIONS = {
    "ask-next": ("ask_next", "End the live offer, and ask the next customer now."),
    "stop": ("stop", "End the live offer, and do not ask another customer. The time stays free."),
    "fill": ("sold_by_hand", "End the live offer, and mark the time as sold by the shop itself."),
    "restart": ("start_again", "Offer a closed time again to customers who have not been asked yet."),
}
ENDPOINTS.extend(
    Endpoint(
        method="POST",
        path=f"/slot-openings/<uuid:id>/{name}",
        answer=partial(act, action),
        summary=summary,
        answers={202: SlotOpeningResponse},
        problems={404},
    )
    for name, (action, summary) in ACTIONS.items()
)
