"""Performers, the people and rooms whose time is booked."""

from uuid import UUID

from api.fields import ExternalId, Moment, Name, RequestModel, ResponseModel, optional
from api.pages import ListPage
from api.row_resource import RowResource
from db.shop_rows import PERFORMERS


class PerformerResponse(ResponseModel):
    """A performer. Each performer of a shop has a separate calendar."""

    id: UUID
    name: str
    active: bool
    external_id: str | None
    created_at: Moment
    updated_at: Moment


class PerformerPage(ListPage[PerformerResponse]):
    """A page of performers."""


class NewPerformer(RequestModel):
    """A performer to create."""

    name: Name
    active: bool = optional()
    external_id: ExternalId | None = None


class PerformerByExternalId(RequestModel):
    """A performer to create or change."""

    name: Name
    active: bool = optional()


class PerformerChange(RequestModel):
    """Changes to a performer. Omitted fields keep their values."""

    name: Name = optional()
    active: bool = optional()
    external_id: ExternalId | None = None


ENDPOINTS = RowResource(
    rows=PERFORMERS,
    noun="performer",
    plural="performers",
    one=PerformerResponse,
    page=PerformerPage,
    new=NewPerformer,
    change=PerformerChange,
    put=PerformerByExternalId,
).endpoints()
