"""Webhook endpoints, to which events are sent, and the log of deliveries."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from sqlalchemy import Row

from api.answers import Answer
from api.call import Call
from api.endpoint import EndpointTable
from api.fields import Moment, RequestModel, ResponseModel, ShortText, optional, sent, storable
from api.pages import ListPage, PageQuery, page_of
from api.problems import ProblemError, invalid, not_found
from api.resources.events import EventType
from db.models import WebhookDelivery, WebhookEndpoint
from db.webhooks import events, webhook_endpoints
from providers.allowed_addresses import LONGEST_URL, AddressNotAllowedError, destination_of
from providers.outgoing_webhooks.signatures import new_secret
from settings.loading import load
from settings.outgoing_webhooks import OutgoingWebhookSettings
from views.pages_of_rows import NewestFirst

Url = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_URL), AfterValidator(storable)
]
Types = Annotated[list[EventType], Field(min_length=1, max_length=50)]


class WebhookEndpointResponse(ResponseModel):
    """A webhook endpoint. `types` is null for all types.

    `disabled_reason` is one of `gone` (the endpoint responded with 410), `failing` and `by_request`.
    """

    id: UUID
    url: str
    description: str
    types: list[str] | None
    status: Literal["enabled", "disabled"]
    disabled_at: Moment | None
    disabled_reason: str | None
    failing_since: Moment | None
    last_success_at: Moment | None
    previous_secret_until: Moment | None
    created_at: Moment
    updated_at: Moment


class WebhookEndpointWithSecret(WebhookEndpointResponse):
    """A webhook endpoint with its secret (whsec_...), which is shown only once."""

    secret: str


class WebhookEndpointPage(ListPage[WebhookEndpointResponse]):
    """A page of webhook endpoints."""


class NewWebhookEndpoint(RequestModel):
    """An endpoint to create."""

    url: Url
    description: ShortText = optional()
    types: Types | None = None


class WebhookEndpointChange(RequestModel):
    """Changes to a webhook endpoint. Omitted fields keep their values."""

    url: Url = optional()
    description: ShortText = optional()
    types: Types | None = None
    status: Literal["enabled", "disabled"] = optional()


class DeliveryAttempt(ResponseModel):
    """An attempt. `answer` is the first KiB of the response; `error` is a sentence if there was no response."""

    at: Moment
    status_code: int | None
    duration_ms: int
    answer: str
    error: str | None


class WebhookDeliveryResponse(ResponseModel):
    """The delivery of an event to an endpoint. `next_attempt_at` is null if `status` is `delivered` or `failed`."""

    id: UUID
    webhook_endpoint_id: UUID
    event_id: str
    event_type: str
    status: Literal["pending", "delivered", "failed"]
    attempts: list[DeliveryAttempt]
    next_attempt_at: Moment | None
    ended_at: Moment | None
    created_at: Moment

    @field_validator("event_id", mode="before")
    @classmethod
    def _public(cls, event_id: object) -> object:
        return events.public_id(event_id) if isinstance(event_id, UUID) else event_id


class WebhookDeliveryPage(ListPage[WebhookDeliveryResponse]):
    """A page of deliveries."""


ENDPOINTS = EndpointTable()
PATH = "/webhook-endpoints"
ONE = f"{PATH}/<uuid:id>"


@ENDPOINTS.add("GET", PATH, {200: WebhookEndpointPage})
def list_endpoints(call: Call, query: PageQuery) -> Answer:
    """List webhook endpoints, newest first."""
    order = NewestFirst(WebhookEndpoint.created_at, WebhookEndpoint.id)
    statement, one = webhook_endpoints.selected(call.shop_id), WebhookEndpointResponse.model_validate
    return page_of(call.session, query, order, statement, page=WebhookEndpointPage, one=one)


@ENDPOINTS.add("POST", PATH, {201: WebhookEndpointWithSecret}, problems={409})
def create(call: Call, body: NewWebhookEndpoint) -> Answer:
    """Create a webhook endpoint. Only this response contains its secret."""
    _check(body.url)
    secret = new_secret()
    values = {name: value for name, value in sent(body).items() if value is not None}
    try:
        id = webhook_endpoints.create(
            call.session, call.shop_id, values, secret=_encrypted(call, secret), by=call.actor
        )
    except webhook_endpoints.TooManyEndpointsError:
        most = webhook_endpoints.MOST_ENDPOINTS
        raise ProblemError("conflict", f"A shop has at most {most} webhook endpoints. Delete one first.") from None
    return Answer(_with_secret(call, id, secret), 201)


@ENDPOINTS.add("GET", ONE, {200: WebhookEndpointResponse}, problems={404})
def show(call: Call, id: UUID) -> Answer:
    """Show a webhook endpoint."""
    return Answer(WebhookEndpointResponse.model_validate(_found(call, id)))


@ENDPOINTS.add("PATCH", ONE, {200: WebhookEndpointResponse}, problems={404})
def change(call: Call, id: UUID, body: WebhookEndpointChange) -> Answer:
    """Change a webhook endpoint, or enable or disable it. Omitted fields keep their values."""
    if body.url is not None:
        _check(body.url)
    if not webhook_endpoints.change(call.session, call.shop_id, id, sent(body), by=call.actor):
        raise not_found()
    return show(call, id)


@ENDPOINTS.add("DELETE", ONE, {204: None}, problems={404})
def delete(call: Call, id: UUID) -> Answer:
    """Delete a webhook endpoint."""
    if not webhook_endpoints.delete(call.session, call.shop_id, id, by=call.actor):
        raise not_found()
    return Answer(None, 204)


@ENDPOINTS.add("POST", f"{ONE}/rotate-secret", {200: WebhookEndpointWithSecret}, problems={404})
def rotate_secret(call: Call, id: UUID) -> Answer:
    """Replace the secret. Events are also signed with the previous secret for one more day."""
    secret = new_secret()
    encrypted = _encrypted(call, secret)
    if not webhook_endpoints.rotate_secret(call.session, call.shop_id, id, secret=encrypted, by=call.actor):
        raise not_found()
    return Answer(_with_secret(call, id, secret))


@ENDPOINTS.add("POST", f"{ONE}/test", {202: WebhookDeliveryResponse}, problems={404, 409})
def send_test(call: Call, id: UUID) -> Answer:
    """Send the event endpoint.test to this endpoint."""
    _require_enabled(_found(call, id))
    return Answer(_shown(webhook_endpoints.test(call.session, call.shop_id, id, by=call.actor)), 202)


@ENDPOINTS.add("GET", f"{ONE}/deliveries", {200: WebhookDeliveryPage}, problems={404})
def list_deliveries(call: Call, id: UUID, query: PageQuery) -> Answer:
    """List the deliveries of the last 30 days to an endpoint, newest first."""
    _found(call, id)
    order = NewestFirst(WebhookDelivery.created_at, WebhookDelivery.id)
    statement = webhook_endpoints.deliveries(call.shop_id, id)
    return page_of(call.session, query, order, statement, page=WebhookDeliveryPage, one=_shown)


@ENDPOINTS.add("POST", "/webhook-deliveries/<uuid:id>/resend", {202: WebhookDeliveryResponse}, problems={404, 409})
def resend(call: Call, id: UUID) -> Answer:
    """Resend an event immediately."""
    delivery = webhook_endpoints.find_delivery(call.session, call.shop_id, id)
    if delivery is None:
        raise not_found()
    _require_enabled(_found(call, delivery.webhook_endpoint_id))
    webhook_endpoints.resend(call.session, call.shop_id, id, by=call.actor)
    return Answer(_shown(webhook_endpoints.find_delivery(call.session, call.shop_id, id)), 202)


def _check(url: str) -> None:
    allow_loopback = load(OutgoingWebhookSettings).webhooks_allow_loopback
    try:
        destination_of(url, allow_loopback=allow_loopback)
    except AddressNotAllowedError as refused:
        raise invalid("/url", str(refused)) from None


def _encrypted(call: Call, secret: str) -> str:
    return webhook_endpoints.secret_encryption(call.settings.secret_keys).encrypt(secret)


def _found(call: Call, id: UUID) -> Row[Any]:
    row = webhook_endpoints.find(call.session, call.shop_id, id)
    if row is None:
        raise not_found()
    return row


def _require_enabled(endpoint: Row[Any]) -> None:
    if endpoint.status != "enabled":
        raise ProblemError("conflict", 'The endpoint is disabled. Enable it first: PATCH with {"status": "enabled"}.')


def _with_secret(call: Call, id: UUID, secret: str) -> WebhookEndpointWithSecret:
    return WebhookEndpointWithSecret.model_validate({**_found(call, id)._mapping, "secret": secret})


def _shown(row: Row[Any] | None) -> WebhookDeliveryResponse:
    values = dict(row._mapping) if row is not None else {}
    if values.get("status") != "pending":
        values["next_attempt_at"] = None
    return WebhookDeliveryResponse.model_validate(values)
