"""Defines the stand-in for a provider: its ids, errors, webhooks and signatures."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, request

from sandbox.api_calls import ApiCall, Handler, Sandbox, SandboxProvider, exchange, record, sandbox
from sandbox.calendars import bookings, grants
from sandbox.calendars.bookings import StoredBooking
from sandbox.faults import Fault
from sandbox.http_answers import ProviderAnswer, respond
from sandbox.store import Row, Transaction

Signed = tuple[bytes, dict[str, str]]

TOKEN_FAULTS = {"token_revoked"}
"""Faults that reject even valid credentials, with 401."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook. `ref`: the provider's event id; `payload`: the content that the ledger records."""

    ref: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StandIn:
    """`notice`: returns the webhook for a change of a booking: created, cancelled, moved, no_show, paid or updated.

    `not_allowed`: the error response to a change that the account's settings forbid.
    """

    provider: SandboxProvider
    denied: ProviderAnswer
    new_id: Callable[[], str]
    notice: Callable[[str, StoredBooking, Row], Notice | None]
    sign: Callable[[Mapping[str, Any], str, str], Signed]
    not_allowed: ProviderAnswer
    moves_make_new: bool = False

    @property
    def kind(self) -> str:
        return self.provider.name


def announce(tx: Transaction, box: Sandbox, stand_in: StandIn, what: str, booking: StoredBooking) -> None:
    """Schedules the webhook for every registered address. Call `box.courier.wake()` after the commit."""
    for target in bookings.targets(tx, stand_in.kind):
        notice = stand_in.notice(what, booking, target)
        if notice is not None:
            box.courier.enqueue(
                tx, stand_in.kind, stand_in.kind, ref=notice.ref, url=target["url"], payload=dict(notice.payload)
            )


def answer(
    stand_in: StandIn,
    operation: str,
    params: Mapping[str, Any],
    handler: Handler,
    *,
    authentic: bool,
    ids: Mapping[str, str] | None = None,
    key: str | None = None,
    denied: ProviderAnswer | None = None,
) -> Response:
    """Handles a call, or rejects its credentials. `denied`: the error response, if it is not the usual response."""
    asked = ApiCall(stand_in.provider, operation, params, ids or {}, key)
    box = sandbox()
    with box.store.transaction() as tx:
        revoked = box.faults.take(tx, stand_in.kind, operation, asked.everything(), only=TOKEN_FAULTS)
    if revoked or not authentic:
        record(box, asked, denied or stand_in.denied, revoked or Fault(""))
        return respond(denied or stand_in.denied)
    return exchange(asked, lambda call: stand_in.not_allowed if call.fault("not_allowed").name else handler(call))


def read_json() -> dict[str, Any]:
    """Returns the JSON object in the body, or an empty object."""
    given = request.get_json(force=True, silent=True)
    return given if isinstance(given, dict) else {}


@dataclass(frozen=True, slots=True)
class StandInRoutes:
    """Adds routes to a blueprint. `authentic`: returns whether the request has valid credentials."""

    bp: Blueprint
    stand_in: StandIn
    authentic: Callable[[], bool]

    def add(self, method: str, path: str, operation: str) -> Callable[[Handler], Handler]:
        """Adds a route with the decorated handler. The parameters are the query of a GET, or the JSON in the body."""

        def added(handler: Handler) -> Handler:
            def view(**ids: str) -> Response:
                params = request.args.to_dict() if method == "GET" else read_json()
                key = str(params.get("idempotency_key") or "") or None
                return answer(self.stand_in, operation, params, handler, authentic=self.authentic(), ids=ids, key=key)

            self.bp.add_url_rule(path, handler.__name__, view, methods=[method])
            return handler

        return added


def bearer() -> str | None:
    """Returns the bearer token of the request."""
    return request.authorization.token if request.authorization else None


def has_access() -> bool:
    """Returns whether the request has a bearer token that is neither expired nor revoked."""
    with sandbox().store.transaction() as tx:
        return grants.is_valid(tx, bearer())


def move(
    tx: Transaction, box: Sandbox, stand_in: StandIn, booking: StoredBooking, starts: float, ends: float
) -> StoredBooking:
    """Moves a booking. Some providers replace it with a new booking."""
    if not stand_in.moves_make_new:
        moved = bookings.change(tx, booking, starts=starts, ends=ends)
    else:
        moved = bookings.add(tx, stand_in.kind, starts, ends, booking.data, id=stand_in.new_id(), follows=booking.id)
        bookings.change(tx, booking, status=bookings.MOVED, followed_by=moved.id)
    announce(tx, box, stand_in, "moved", moved)
    return moved


def cancel(
    tx: Transaction, box: Sandbox, stand_in: StandIn, booking: StoredBooking, by: str, **more: bool
) -> StoredBooking:
    """Cancels a booking. `by`: `customer` or `seller`."""
    cancelled = bookings.change(tx, booking, status=bookings.CANCELLED, data={"cancelled_by": by, **more})
    announce(tx, box, stand_in, "cancelled", cancelled)
    return cancelled


def hmac_hex(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def hmac_base64(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def number_of(name: object) -> int:
    """Derives a fixed number from a name, for providers whose ids are numbers."""
    return 1000 + sum(ord(letter) * (place + 1) for place, letter in enumerate(str(name))) % 9000


def with_id(answered: ProviderAnswer, id: str) -> ProviderAnswer:
    """Adds the object's id, which the ledger records."""
    return replace(answered, response_id=id)
