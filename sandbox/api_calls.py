"""Handles calls to a provider's API.

Applies faults, then stores the effect and the ledger entry in one transaction.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Response, current_app, request

from sandbox import stripe_idempotency
from sandbox.fault_catalogue import REQUEST_FAULTS
from sandbox.faults import Fault, Faults
from sandbox.http_answers import ProviderAnswer, hang_up, respond
from sandbox.ledger import Ledger, entry
from sandbox.provider_keys import ProviderKeys
from sandbox.sandbox_settings import Settings
from sandbox.store import Store, Transaction
from sandbox.webhook_delivery import Courier

HOLD_MS, LATENCY_MS = 10_000, 1_000
NO_FAULT = Fault("")
NOT_ANSWERED = ProviderAnswer(0, None)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The state that request handlers use."""

    settings: Settings
    store: Store
    ledger: Ledger
    faults: Faults
    courier: Courier
    keys: ProviderKeys = field(default_factory=ProviderKeys)


def sandbox() -> Sandbox:
    """Returns the sandbox of the current app."""
    box: Sandbox = current_app.extensions["sandbox"]
    return box


@dataclass(frozen=True, slots=True)
class SandboxProvider:
    """The error format of a provider. `keeps_keys`: whether a repeated idempotency key returns the first response."""

    name: str
    rate_limited: ProviderAnswer
    server_error: ProviderAnswer
    keeps_keys: bool = False


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request: its form or query parameters, the ids in its path, and its idempotency key."""

    provider: SandboxProvider
    operation: str
    params: Mapping[str, Any]
    ids: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None

    def everything(self) -> dict[str, Any]:
        """Returns every value that a fault's `match` is compared with."""
        return {**self.params, **self.ids}


@dataclass(frozen=True, slots=True)
class SandboxCall:
    """The argument of a handler: the request, and the transaction in which its effect is stored."""

    tx: Transaction
    box: Sandbox
    asked: ApiCall

    @property
    def params(self) -> Mapping[str, Any]:
        """The form or query parameters."""
        return self.asked.params

    @property
    def ids(self) -> Mapping[str, str]:
        """The ids in the path."""
        return self.asked.ids

    def fault(self, *names: str) -> Fault:
        """Returns the active fault among `names`, or a fault with an empty name."""
        asked = self.asked
        return (
            self.box.faults.take(self.tx, asked.provider.name, asked.operation, asked.everything(), only=set(names))
            or NO_FAULT
        )


Handler = Callable[[SandboxCall], ProviderAnswer]


def exchange(asked: ApiCall, handler: Handler) -> Response:
    """Handles an authenticated call."""
    box = sandbox()
    fault = _hit_by(box, asked)
    if fault.name in ("rate_limited", "timeout_before"):
        return _without_effect(box, asked, fault)
    kept = _kept_answer(box, asked)
    if kept is not None:
        record(box, asked, kept, NO_FAULT)
        return respond(kept)
    if fault.name == "latency" or (fault.delay_ms and fault.name.startswith("server_error")):
        time.sleep(fault.seconds(LATENCY_MS))
    answer = _with_effect(box, asked, handler, fault)
    return _hold_and_hang_up(fault) if fault.name == "timeout_after" else respond(answer)


def _hit_by(box: Sandbox, asked: ApiCall) -> Fault:
    with box.store.transaction() as tx:
        taken = box.faults.take(
            tx, asked.provider.name, asked.operation, asked.everything(), only=set(REQUEST_FAULTS)
        )
    return taken or NO_FAULT


def _without_effect(box: Sandbox, asked: ApiCall, fault: Fault) -> Response:
    limited = fault.name == "rate_limited"
    record(box, asked, asked.provider.rate_limited if limited else NOT_ANSWERED, fault)
    if not limited:
        return _hold_and_hang_up(fault)
    time.sleep(fault.seconds(0))
    return respond(asked.provider.rate_limited)


def _kept_answer(box: Sandbox, asked: ApiCall) -> ProviderAnswer | None:
    if asked.key is None or not asked.provider.keeps_keys:
        return None
    with box.store.transaction() as tx:
        return stripe_idempotency.reserve(tx, asked.key, f"{request.method} {request.path}", asked.params)


def _with_effect(box: Sandbox, asked: ApiCall, handler: Handler, fault: Fault) -> ProviderAnswer:
    try:
        with box.store.transaction() as tx:
            answer = asked.provider.server_error
            if fault.name != "server_error":
                answer = handler(SandboxCall(tx, box, asked))
            if fault.name == "server_error_after":
                answer = replace(asked.provider.server_error, response_id=answer.response_id)
            if asked.key is not None and asked.provider.keeps_keys:
                stripe_idempotency.settle(tx, asked.key, answer)
            _append(tx, box, asked, answer, fault)
    except BaseException:
        _forget(box, asked)
        raise
    box.courier.wake()
    box.ledger.flush()
    return answer


def _forget(box: Sandbox, asked: ApiCall) -> None:
    if asked.key is not None and asked.provider.keeps_keys:
        with box.store.transaction() as tx:
            stripe_idempotency.release(tx, asked.key)


def record(box: Sandbox, asked: ApiCall, answer: ProviderAnswer, fault: Fault) -> None:
    """Records a call without an effect."""
    with box.store.transaction() as tx:
        _append(tx, box, asked, answer, fault)
    box.ledger.flush()


def _append(tx: Transaction, box: Sandbox, asked: ApiCall, answer: ProviderAnswer, fault: Fault) -> None:
    line = entry(
        "request",
        asked.provider.name,
        request.method,
        request.path,
        params=dict(asked.params),
        status=answer.status,
        response_id=answer.response_id,
        idempotency_key=asked.key,
        fault=fault.name or None,
    )
    box.ledger.append(tx, line)


def _hold_and_hang_up(fault: Fault) -> Response:
    time.sleep(fault.seconds(HOLD_MS))
    return hang_up()
