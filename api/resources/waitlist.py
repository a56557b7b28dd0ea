"""The waiting list, which contains customers' preferences in order."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from api.answers import Answer
from api.call import Call
from api.endpoint import EndpointTable
from api.fields import LongText, Moment, RequestModel, ResponseModel, ShortText, optional, sent
from api.pages import ListPage, PageQuery, page_of
from api.problems import ProblemError, invalid, not_found
from db.models import WaitlistEntry
from db.shops import shop_settings
from db.waitlist import waitlist
from domain.wishes import contradictions
from views import waitlist_place
from views.pages_of_rows import NewestFirst

EntryStatus = Literal["active", "fulfilled", "left", "expired"]
MOST_NOTICE, MOST_PRIORITY = 366 * 24 * 60, 1000


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("must be a time of day in the shop's time zone, without an offset")
    return value


LocalTime = Annotated[time, AfterValidator(_local), Field(description="A time like 09:30, in the shop's time zone.")]
Weekday = Annotated[int, Field(ge=1, le=7)]
Weekdays = Annotated[list[Weekday], Field(max_length=7, description="ISO: 1 is Monday, 7 is Sunday.")]
Notice = Annotated[int, Field(ge=0, le=MOST_NOTICE, description="The minimum notice before the start, in minutes.")]
Priority = Annotated[
    int, Field(ge=0, le=MOST_PRIORITY, description="Customers with a higher priority are asked first.")
]
Source = Annotated[ShortText, StringConstraints(min_length=1)]


class Entry(ResponseModel):
    """A waiting-list entry. A null wish means no preference."""

    id: UUID
    customer_id: UUID
    service_id: UUID | None
    performer_id: UUID | None
    weekdays: list[int] | None
    time_from: time | None
    time_until: time | None
    date_from: date | None
    date_until: date | None
    notice_minutes: int | None
    priority: int
    priority_reason: str | None
    note: str | None
    status: EntryStatus
    source: str
    ended_at: Moment | None
    created_at: Moment
    updated_at: Moment


class EntryInLine(Entry):
    """An entry and its position among the entries for the same times.

    `place` is null if the entry has ended or the shop hides places.
    """

    place: int | None


class EntryPage(ListPage[Entry]):
    """A page of entries."""


class Wishes(RequestModel):
    """The wishes of the customer. Null means no preference."""

    service_id: UUID | None = None
    performer_id: UUID | None = None
    weekdays: Weekdays | None = None
    time_from: LocalTime | None = None
    time_until: LocalTime | None = None
    date_from: date | None = None
    date_until: date | None = None
    notice_minutes: Notice | None = None
    priority: Priority = optional()
    priority_reason: LongText | None = None
    note: LongText | None = None


class NewEntry(Wishes):
    """An entry to add. A priority above 0 requires a reason."""

    customer_id: UUID
    source: Source = "api"


class EntryChange(Wishes):
    """Changes to an active entry. Omitted fields keep their values. `status` can end the entry."""

    status: Literal["active", "left"] = optional()


class EntryQuery(PageQuery):
    """Filters for waiting-list entries."""

    status: EntryStatus | None = None
    customer_id: UUID | None = None


ORDER = NewestFirst(WaitlistEntry.created_at, WaitlistEntry.id)


ENDPOINTS = EndpointTable()


@ENDPOINTS.add("GET", "/waitlist", {200: EntryPage})
def _list(call: Call, query: EntryQuery) -> Answer:
    """List the waiting list's entries, newest first."""
    statement = waitlist.selected(call.shop_id)
    if query.status is not None:
        statement = statement.where(WaitlistEntry.status == query.status)
    if query.customer_id is not None:
        statement = statement.where(WaitlistEntry.customer_id == query.customer_id)
    return page_of(call.session, query, ORDER, statement, page=EntryPage, one=Entry.model_validate)


@ENDPOINTS.add("GET", "/waitlist/<uuid:id>", {200: EntryInLine}, problems={404})
def _one(call: Call, id: UUID) -> Answer:
    """Show an entry of the waiting list, with its place in line if the shop shows places."""
    row = waitlist.one(call.session, call.shop_id, id)
    if row is None:
        raise not_found()
    shows = shop_settings.settings_of(call.session, call.shop_id)["show_waitlist_place"]
    place = waitlist_place.place_of(call.session, call.shop_id, id) if shows and row.status == "active" else None
    return Answer(EntryInLine.model_validate({**row._mapping, "place": place}))


@ENDPOINTS.add("POST", "/waitlist", {201: Entry}, problems={404})
def _create(call: Call, body: NewEntry) -> Answer:
    """Add a customer to the waiting list."""
    values = sent(body)
    _check(call, values, before={})
    wishes = {name: value for name, value in values.items() if name in waitlist.WISHES}
    row = waitlist.add(call.session, call.shop_id, body.customer_id, wishes, source=body.source, by=call.actor)
    if row is None:
        raise not_found("/customer_id")
    return Answer(Entry.model_validate(row), 201)


@ENDPOINTS.add("PATCH", "/waitlist/<uuid:id>", {200: Entry}, problems={404, 409})
def _update(call: Call, id: UUID, body: EntryChange) -> Answer:
    """Change an entry of the waiting list. Omitted fields keep their values."""
    before = waitlist.one(call.session, call.shop_id, id)
    if before is None:
        raise not_found()
    values = sent(body)
    _check(call, values, before=before._asdict())
    if before.status != "active" and values:
        raise ProblemError("conflict", errors=[("/status", f"The entry has ended: {before.status}.")])
    ends = values.pop("status", "active") == "left"
    row = waitlist.change(call.session, call.shop_id, id, values, by=call.actor)
    if ends:
        waitlist.leave(call.session, call.shop_id, id, by=call.actor)
        row = waitlist.one(call.session, call.shop_id, id)
    return Answer(Entry.model_validate(row or before))


@ENDPOINTS.add("DELETE", "/waitlist/<uuid:id>", {204: None}, problems={404})
def _delete(call: Call, id: UUID) -> Answer:
    """Remove a customer from the waiting list. The entry is kept with the status `left`."""
    if waitlist.one(call.session, call.shop_id, id) is None:
        raise not_found()
    waitlist.leave(call.session, call.shop_id, id, by=call.actor)
    return Answer(None, 204)


def _check(call: Call, values: dict[str, Any], *, before: Mapping[str, Any]) -> None:
    """Raises ProblemError for values that contradict each other or refer to rows of another shop.

    A contradiction that the entry already has is an error only if its field is sent.
    """
    if unknown := waitlist.unknown_reference(call.session, call.shop_id, values):
        raise not_found(f"/{unknown}")
    today = waitlist.today(call.session, call.shop_id)
    known = [*contradictions(before, today=today)]
    for column, reason in contradictions({**before, **values}, today=today):
        if column in values or (column, reason) not in known:
            raise invalid(f"/{column}", reason)
