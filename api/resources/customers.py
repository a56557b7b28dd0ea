"""Customers with their addresses and their consent to each channel. The API never undoes an opt-out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select

from api.answers import Answer
from api.calendar_rows import keep_calendar_id
from api.call import Call
from api.customer_fields import (
    Consent,
    CustomerChange,
    CustomerFields,
    CustomerResponse,
    NewCustomer,
    columns_of,
    consent_of,
)
from api.endpoint import EndpointTable
from api.fields import Instant, ShortText, check_external_id
from api.pages import ListPage, PageQuery, page_of
from api.problems import ProblemError, invalid, not_found
from db.customers import api_customers, consent, forgetting
from db.customers.api_customers import CUSTOMERS, CustomerRow, OptedOutError
from db.models import Customer
from domain.channels import CHANNELS, ChannelFields
from domain.phones.parsing import parse
from domain.phones.typed_phone import RefusedNumber
from views import customer_search
from views.pages_of_rows import NewestFirst


class CustomerPage(ListPage[CustomerResponse]):
    """A page of customers."""


class CustomerQuery(PageQuery):
    """Filters for customers, combined with AND."""

    phone: ShortText | None = None
    email: ShortText | None = None
    q: ShortText | None = None
    updated_since: Instant | None = None


class CustomerByExternalId(CustomerFields):
    """A customer to create or change. Omitted fields keep their values."""


def one(row: CustomerRow) -> CustomerResponse:
    """Returns the customer as a model."""
    columns = row._mapping
    consents = {channel.consent: _consent(columns, channel) for channel in CHANNELS.values()}
    if row.email_opt_in is None:
        # The consent was given for another address.
        consents["email_consent"] = None
    own = {name: value for name, value in columns.items() if name in CustomerResponse.model_fields}
    return CustomerResponse(**own | consents | {"email_opt_in": row.email_opt_in is not False})


def _consent(columns: RowMapping, channel: ChannelFields) -> Consent | None:
    source, wording, at = (columns[column] for column in channel.consent_columns)
    return None if source is None else Consent(source=source, wording=wording, at=at)


ENDPOINTS = EndpointTable()


@ENDPOINTS.add("GET", "/customers", {200: CustomerPage})
def list_(call: Call, query: CustomerQuery) -> Answer:
    """List customers, newest first.

    With `updated_since`, the order is by last change.
    """
    at = Customer.created_at if query.updated_since is None else Customer.updated_at
    statement = CUSTOMERS.selected(call.shop_id).where(*_filters(call, query))
    return page_of(call.session, query, NewestFirst(at, Customer.id), statement, page=CustomerPage, one=one)


def _filters(call: Call, query: CustomerQuery) -> Iterator[Any]:
    if query.phone is not None:
        number = parse(query.phone, call.country)
        if isinstance(number, RefusedNumber):
            raise invalid("/phone", number.reason)
        yield Customer.phone_e164 == number.line
    if query.email is not None:
        yield Customer.id.in_(select(func.customers_by_email(query.email)))
    if query.updated_since is not None:
        yield Customer.updated_at >= query.updated_since
    if query.q:
        yield Customer.id.in_(customer_search.selected(call.shop_id, query.q))


@ENDPOINTS.add("GET", "/customers/<uuid:id>", {200: CustomerResponse}, problems={404})
def show(call: Call, id: UUID) -> Answer:
    """Show a customer."""
    return Answer(one(_found(CUSTOMERS.one(call.session, call.shop_id, id))))


@ENDPOINTS.add("POST", "/customers", {201: CustomerResponse}, problems={409})
def create(call: Call, body: NewCustomer) -> Answer:
    """Create a customer."""
    with refusing_opt_outs():
        columns, given = columns_of(call, body), consent_of(body)
        row = api_customers.create(call.session, call.shop_id, columns, by=call.actor, consent=given)
    return Answer(one(row), 201)


@ENDPOINTS.add("PATCH", "/customers/<uuid:id>", {200: CustomerResponse}, problems={404, 409})
def update(call: Call, id: UUID, body: CustomerChange) -> Answer:
    """Change a customer. Omitted fields keep their values."""
    keep_calendar_id(call, Customer, id, body)
    with refusing_opt_outs():
        columns, given = columns_of(call, body), consent_of(body)
        row = api_customers.change(call.session, call.shop_id, id, columns, by=call.actor, consent=given)
    return Answer(one(_found(row)))


@ENDPOINTS.add(
    "PUT",
    "/customers/external/<external_id:external_id>",
    {200: CustomerResponse, 201: CustomerResponse},
    problems={404, 409},
)
def put_external(call: Call, external_id: str, body: CustomerByExternalId) -> Answer:
    """Create or change the customer with this external id."""
    with refusing_opt_outs():
        row, is_new = api_customers.put(
            call.session,
            call.shop_id,
            check_external_id(external_id),
            columns_of(call, body),
            by=call.actor,
            consent=consent_of(body),
        )
    return Answer(one(row), 201 if is_new else 200)


@ENDPOINTS.add("POST", "/customers/<uuid:id>/opt-out", {200: CustomerResponse}, problems={404})
def opt_out(call: Call, id: UUID) -> Answer:
    """Opt a customer out of all texts. Only the owner of the number can undo this, by texting START."""
    _found(CUSTOMERS.one(call.session, call.shop_id, id))
    consent.opt_out(call.session, call.shop_id, id, reason="api", by=call.actor)
    return Answer(one(_found(CUSTOMERS.one(call.session, call.shop_id, id))))


@ENDPOINTS.add("DELETE", "/customers/<uuid:id>", {204: None}, problems={404, 409})
def anonymise(call: Call, id: UUID) -> Answer:
    """Remove the personal data of a customer. Payment records are kept without personal data."""
    _found(CUSTOMERS.one(call.session, call.shop_id, id))
    # The API's role has no rights on webhooks and notifications. The check above ensures that the customer belongs to
    # the shop.
    call.without_role()
    if not forgetting.forget(call.session, id, by=call.actor):
        raise ProblemError(
            "conflict", "The customer has a live appointment, an open offer or a message that is being sent."
        )
    return Answer(status=204)


@contextmanager
def refusing_opt_outs() -> Iterator[None]:
    """Raises ProblemError (409) for an opt-in of a number that has opted out."""
    try:
        yield
    except OptedOutError:
        raise ProblemError("opted_out") from None


def _found(row: CustomerRow | None) -> CustomerRow:
    if row is None:
        raise not_found()
    return row
