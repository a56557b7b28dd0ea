"""Reads and changes a shop's services and performers, and the services that each performer provides."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, literal, select
from sqlalchemy.orm import Session

from db import audit
from db.models import Performer, PerformerService, Service
from db.shop_rows import CATALOGUE_CHANGED, ShopRows

MOST = 500
"""A shop that has this many services or performers can't add more of them on its pages."""

Catalogued = type[Service] | type[Performer]

_SHOWN: dict[Catalogued, tuple[Any, ...]] = {
    Service: (
        Service.id,
        Service.name,
        Service.duration_minutes,
        Service.price_cents,
        Service.deposit_cents,
        Service.active,
        Service.calendar_id,
    ),
    Performer: (Performer.id, Performer.name, Performer.active, Performer.calendar_id),
}


class TooManyRowsError(Exception):
    """The shop already has the maximum number of services or performers."""


def listed(session: Session, shop_id: UUID, model: Catalogued) -> list[Row[Any]]:
    """Returns all services or performers of the shop, active ones first, sorted by name."""
    rows = select(*_SHOWN[model]).where(model.shop_id == shop_id)
    return list(session.execute(rows.order_by(model.active.desc(), func.lower(model.name), model.id)))


def find(session: Session, shop_id: UUID, model: Catalogued, id: UUID) -> Row[Any] | None:
    one = select(*_SHOWN[model]).where(model.shop_id == shop_id, model.id == id)
    return session.execute(one).one_or_none()


def name_taken(session: Session, shop_id: UUID, model: Catalogued, name: str, *, besides: UUID | None) -> bool:
    """Whether an active row other than `besides` has this name, ignoring case."""
    same = func.lower(model.name) == func.lower(name)
    others = select(model.id).where(model.shop_id == shop_id, model.active, same, model.id.is_distinct_from(besides))
    return session.execute(others.limit(1)).scalar_one_or_none() is not None


def add(session: Session, shop_id: UUID, rows: ShopRows, values: Mapping[str, Any], *, by: str) -> None:
    """Inserts a service or performer. Raises TooManyRowsError."""
    count = session.execute(select(func.count(rows.model.id)).where(rows.model.shop_id == shop_id)).scalar_one()
    if count >= MOST:
        raise TooManyRowsError
    rows.create(session, shop_id, values, by=by)


def services_by_performer(session: Session, shop_id: UUID) -> dict[UUID, set[UUID]]:
    """Returns the services of each performer who does not provide all services."""
    rows = select(PerformerService.performer_id, PerformerService.service_id).where(
        PerformerService.shop_id == shop_id
    )
    found: dict[UUID, set[UUID]] = {}
    for performer_id, service_id in session.execute(rows):
        found.setdefault(performer_id, set()).add(service_id)
    return found


def set_services(
    session: Session, shop_id: UUID, performer_id: UUID, service_ids: Iterable[UUID], *, by: str
) -> None:
    """Replaces the services of a performer. No ids mean all services. Ignores ids of other shops."""
    mine = (PerformerService.shop_id == shop_id, PerformerService.performer_id == performer_id)
    session.execute(delete(PerformerService).where(*mine))
    chosen = select(literal(performer_id), Service.id, Service.shop_id).where(
        Service.shop_id == shop_id, Service.id.in_(list(service_ids))
    )
    session.execute(insert(PerformerService).from_select(["performer_id", "service_id", "shop_id"], chosen))
    audit.note(
        session,
        event=CATALOGUE_CHANGED,
        reason="The services of a person or room were changed.",
        shop_id=shop_id,
        actor=by,
        detail={"performer": performer_id},
    )
