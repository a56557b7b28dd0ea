"""Events, which describe all changes in order and in the format of webhooks."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from api.answers import Answer
from api.call import Call
from api.endpoint import EndpointTable
from api.fields import Moment, QueryModel, ResponseModel, Text
from api.pages import ListPage
from api.problems import not_found
from db.webhooks import events
from domain.event_types import EVENT_TYPES


def _known(kind: str) -> str:
    if kind not in EVENT_TYPES:
        raise ValueError(f"must be one of: {', '.join(EVENT_TYPES)}")
    return kind


def _shaped(shown: str) -> str:
    if events.internal_id(shown) is None:
        raise ValueError("must be the id of an event: evt_ and 32 hexadecimal digits")
    return shown


EventType = Annotated[Text, AfterValidator(_known), Field(json_schema_extra={"enum": list(EVENT_TYPES)})]
EventId = Annotated[Text, AfterValidator(_shaped), Field(json_schema_extra={"pattern": "^evt_[0-9a-f]{32}$"})]


class EventResponse(ResponseModel):
    """A change. `data` contains ids, statuses, times and amounts. Use the ids to retrieve names and phone numbers."""

    id: str
    type: str
    timestamp: Moment
    data: dict[str, Any]


class EventPage(ListPage[EventResponse]):
    """A page of events, oldest first."""


class EventQuery(QueryModel):
    """The query. `cursor` is `next_cursor` of the previous page; `after` is the last event that the caller has."""

    limit: Annotated[int, Field(ge=1, le=100, description="The maximum number of events in a page.")] = 25
    cursor: EventId | None = None
    after: EventId | None = None
    type: EventType | None = None


ENDPOINTS = EndpointTable()


@ENDPOINTS.add("GET", "/events", {200: EventPage}, problems={404})
def list_events(call: Call, query: EventQuery) -> Answer:
    """List events of the last 30 days, oldest first.

    Omits events that may still be preceded by an uncommitted event, so that a caller who continues after the last
    event does not miss any.
    """
    pointer, place = ("/cursor", query.cursor) if query.cursor else ("/after", query.after)
    after = events.internal_id(place) if place else None
    types = [query.type] if query.type else []
    try:
        found = events.page(call.session, call.shop_id, after=after, types=types, limit=query.limit + 1)
    except events.UnknownEventError:
        raise not_found(pointer) from None
    shown = [EventResponse.model_validate(event.as_json) for event in found[: query.limit]]
    return Answer(EventPage(data=shown, next_cursor=shown[-1].id if len(found) > query.limit else None))
