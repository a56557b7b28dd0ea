"""Reads and changes the webhook endpoints of a shop, and reads the log of their deliveries."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, Update, func, insert, select, update
from sqlalchemy.orm import Session

from db import audit
from db.clock import NOW
from db.encryption import Encryption
from db.models import Event, WebhookDelivery, WebhookEndpoint
from domain.plurals import counted

MOST_ENDPOINTS = 20
"""The maximum number of endpoints in a shop. Each event is sent to all of them."""

SHOWN: tuple[Any, ...] = (
    WebhookEndpoint.id,
    WebhookEndpoint.url,
    WebhookEndpoint.description,
    WebhookEndpoint.types,
    WebhookEndpoint.status,
    WebhookEndpoint.disabled_at,
    WebhookEndpoint.disabled_reason,
    WebhookEndpoint.failing_since,
    WebhookEndpoint.last_success_at,
    WebhookEndpoint.previous_secret_until,
    WebhookEndpoint.created_at,
    WebhookEndpoint.updated_at,
)
"""All columns except the secrets."""


class TooManyEndpointsError(Exception):
    """The shop already has the maximum number of endpoints."""


def secret_encryption(keys: Sequence[str]) -> Encryption:
    """Returns the encryption of the secrets. `keys` are the current and the previous SECRET_KEY, in this order."""
    return Encryption(keys, purpose="webhook secrets")


def selected(shop_id: UUID) -> Select[Any]:
    """Returns a query for the endpoints of the shop."""
    return select(*SHOWN).where(*_of(shop_id))


def _of(shop_id: UUID, endpoint_id: UUID | None = None) -> list[ColumnElement[bool]]:
    conditions = [WebhookEndpoint.shop_id == shop_id, WebhookEndpoint.deleted_at.is_(None)]
    return conditions if endpoint_id is None else [*conditions, WebhookEndpoint.id == endpoint_id]


def all_of(session: Session, shop_id: UUID | None) -> list[Row[Any]]:
    """Returns the endpoints of the shop, or of all shops if `shop_id` is None, newest first."""
    statement = select(*SHOWN, WebhookEndpoint.shop_id).where(WebhookEndpoint.deleted_at.is_(None))
    if shop_id is not None:
        statement = statement.where(WebhookEndpoint.shop_id == shop_id)
    return list(session.execute(statement.order_by(WebhookEndpoint.created_at.desc())))


def shop_of(session: Session, endpoint_id: UUID) -> UUID | None:
    """Returns the shop of an endpoint, for an operator."""
    of_any = select(WebhookEndpoint.shop_id).where(
        WebhookEndpoint.id == endpoint_id, WebhookEndpoint.deleted_at.is_(None)
    )
    found: UUID | None = session.execute(of_any).scalar_one_or_none()
    return found


def find(session: Session, shop_id: UUID, endpoint_id: UUID) -> Row[Any] | None:
    return session.execute(select(*SHOWN).where(*_of(shop_id, endpoint_id))).one_or_none()


def create(session: Session, shop_id: UUID, values: Mapping[str, Any], *, secret: str, by: str) -> UUID:
    """Creates an endpoint. `secret` must already be encrypted. Raises TooManyEndpointsError.

    `by` is the actor in the audit log, in which all functions that change an endpoint add an entry.
    """
    count = session.execute(select(func.count(WebhookEndpoint.id)).where(*_of(shop_id))).scalar_one()
    if count >= MOST_ENDPOINTS:
        raise TooManyEndpointsError
    endpoint_id = uuid4()
    session.execute(insert(WebhookEndpoint).values(id=endpoint_id, shop_id=shop_id, secret=secret, **values))
    _note(session, shop_id, endpoint_id, "was added", by=by)
    return endpoint_id


def change(session: Session, shop_id: UUID, endpoint_id: UUID, values: Mapping[str, Any], *, by: str) -> bool:
    """Changes the columns in `values`.

    Enabling an endpoint clears its earlier failures. Returns False if there is no such endpoint.
    """
    changed = dict(values)
    if changed.get("status") == "enabled":
        changed |= {"disabled_at": None, "disabled_reason": None, "failing_since": None}
    elif changed.get("status") == "disabled":
        changed |= {
            "disabled_at": func.coalesce(WebhookEndpoint.disabled_at, NOW),
            "disabled_reason": func.coalesce(WebhookEndpoint.disabled_reason, "by_request"),
        }
    if not changed:
        return find(session, shop_id, endpoint_id) is not None
    return _update(session, shop_id, endpoint_id, changed, _done(values), by=by)


def _done(values: Mapping[str, Any]) -> str:
    """Returns what a change did, for the audit log."""
    return f"was {values['status']}" if set(values) == {"status"} else f"was changed: {audit.in_words([*values])}"


def rotate_secret(session: Session, shop_id: UUID, endpoint_id: UUID, *, secret: str, by: str) -> bool:
    """Replaces the endpoint's secret with `secret` (encrypted). The old secret stays in use for another day."""
    return _update(session, shop_id, endpoint_id, {"secret": secret}, "has a new secret", by=by)


def delete(session: Session, shop_id: UUID, endpoint_id: UUID, *, by: str) -> bool:
    """Deletes the endpoint. The log of its deliveries is kept until its retention period ends."""
    deleted = {"deleted_at": NOW, "status": "disabled", "secret": ""}
    return _update(session, shop_id, endpoint_id, deleted, "was deleted", by=by)


def _update(
    session: Session, shop_id: UUID, endpoint_id: UUID, values: Mapping[str, Any], done: str, *, by: str
) -> bool:
    statement = (
        update(WebhookEndpoint).where(*_of(shop_id, endpoint_id)).values(**values).returning(WebhookEndpoint.id)
    )
    if session.execute(statement).scalar_one_or_none() is None:
        return False
    _note(session, shop_id, endpoint_id, done, by=by)
    return True


def _note(
    session: Session, shop_id: UUID, endpoint_id: UUID, done: str, *, by: str, event: str = "WebhooksChanged"
) -> None:
    audit.note(
        session,
        event=event,
        reason=f"A webhook endpoint {done}.",
        shop_id=shop_id,
        actor=by,
        detail={"webhook_endpoint": endpoint_id},
    )


DELIVERY: tuple[Any, ...] = (
    WebhookDelivery.id,
    WebhookDelivery.webhook_endpoint_id,
    WebhookDelivery.event_id,
    Event.type.label("event_type"),
    WebhookDelivery.status,
    WebhookDelivery.attempts,
    WebhookDelivery.next_attempt_at,
    WebhookDelivery.ended_at,
    WebhookDelivery.created_at,
)


def deliveries(shop_id: UUID, endpoint_id: UUID | None = None) -> Select[Any]:
    """Returns a query for the deliveries to one endpoint, or to all endpoints of the shop."""
    statement = select(*DELIVERY).join(Event, Event.id == WebhookDelivery.event_id)
    statement = statement.where(WebhookDelivery.shop_id == shop_id)
    return statement if endpoint_id is None else statement.where(WebhookDelivery.webhook_endpoint_id == endpoint_id)


def find_delivery(session: Session, shop_id: UUID, delivery_id: UUID) -> Row[Any] | None:
    return session.execute(deliveries(shop_id).where(WebhookDelivery.id == delivery_id)).one_or_none()


def test(session: Session, shop_id: UUID, endpoint_id: UUID, *, by: str) -> Row[Any] | None:
    """Sends the event endpoint.test. Returns the delivery, or None if the endpoint is disabled or unknown."""
    enabled = [*_of(shop_id, endpoint_id), WebhookEndpoint.status == "enabled"]
    tested = update(WebhookEndpoint).where(*enabled).values(tested_at=NOW).returning(WebhookEndpoint.id)
    if session.execute(tested).scalar_one_or_none() is None:
        return None
    _note(session, shop_id, endpoint_id, "was tested", by=by, event="WebhookTested")
    newest = deliveries(shop_id, endpoint_id).order_by(WebhookDelivery.created_at.desc()).limit(1)
    return session.execute(newest.where(Event.type == "endpoint.test")).one()


AGAIN = {"status": "pending", "next_attempt_at": NOW, "tries": 0, "ended_at": None}


def newest_deliveries(session: Session, shop_id: UUID, endpoint_id: UUID, *, limit: int) -> list[Row[Any]]:
    """Returns up to `limit` deliveries to an endpoint, newest first."""
    statement = deliveries(shop_id, endpoint_id).order_by(
        WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc()
    )
    return list(session.execute(statement.limit(limit)))


def resend(session: Session, shop_id: UUID | None, delivery_id: UUID, *, by: str) -> bool:
    """Starts another series of attempts. Returns False if the shop has no such delivery.

    If `shop_id` is None, the delivery can belong to any shop.
    """
    statement = update(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
    if shop_id is not None:
        statement = statement.where(WebhookDelivery.shop_id == shop_id)
    return _resend(session, statement, by=by) > 0


def resend_failed(session: Session, shop_id: UUID, endpoint_id: UUID, *, since: dt.datetime, by: str) -> int:
    """Resends all failed deliveries of events from `since` on, and returns the number of deliveries."""
    statement = update(WebhookDelivery).where(
        WebhookDelivery.shop_id == shop_id,
        WebhookDelivery.webhook_endpoint_id == endpoint_id,
        WebhookDelivery.status == "failed",
        WebhookDelivery.created_at >= since,
    )
    return _resend(session, statement, by=by)


def _resend(session: Session, statement: Update, *, by: str) -> int:
    """Resends deliveries to one endpoint, and returns their number."""
    resent = session.execute(
        statement.values(**AGAIN).returning(WebhookDelivery.shop_id, WebhookDelivery.webhook_endpoint_id)
    ).all()
    for shop_id, endpoint_id in resent[:1]:
        done = f"was sent {counted(len(resent), 'event')} again"
        _note(session, shop_id, endpoint_id, done, by=by, event="WebhookResent")
    return len(resent)
