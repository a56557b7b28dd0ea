"""Services that a shop sells, with their duration and price."""

from uuid import UUID

from api.fields import Cents, ExternalId, Minutes, Moment, Name, RequestModel, ResponseModel, optional
from api.pages import ListPage
from api.row_resource import RowResource
from db.shop_rows import SERVICES


class ServiceResponse(ResponseModel):
    """A service.

    Amounts are in minor units of the shop's currency. If the deposit is null, the shop's default deposit applies.
    """

    id: UUID
    name: str
    duration_minutes: int
    price_cents: int | None
    deposit_cents: int | None
    active: bool
    external_id: str | None
    created_at: Moment
    updated_at: Moment


class ServicePage(ListPage[ServiceResponse]):
    """A page of services."""


class ServiceByExternalId(RequestModel):
    """A service to create or change. Omitted fields keep their values."""

    name: Name
    duration_minutes: Minutes = optional()
    price_cents: Cents | None = None
    deposit_cents: Cents | None = None
    active: bool = optional()


class NewService(ServiceByExternalId):
    """A service to create. `duration_minutes` defaults to 60."""

    external_id: ExternalId | None = None


class ServiceChange(RequestModel):
    """Changes to a service. Omitted fields keep their values."""

    name: Name = optional()
    duration_minutes: Minutes = optional()
    price_cents: Cents | None = None
    deposit_cents: Cents | None = None
    active: bool = optional()
    external_id: ExternalId | None = None


ENDPOINTS = RowResource(
    rows=SERVICES,
    noun="service",
    plural="services",
    one=ServiceResponse,
    page=ServicePage,
    new=NewService,
    change=ServiceChange,
    put=ServiceByExternalId,
).endpoints()
