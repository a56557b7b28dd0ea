"""Resend's e-mail API (https://resend.com/docs/api-reference). Sent e-mails are stored in the mailbox."""

import hashlib
import json
import re
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, jsonify, request

from sandbox.api_calls import NO_FAULT, ApiCall, SandboxCall, SandboxProvider, exchange, record, sandbox
from sandbox.http_answers import ProviderAnswer, respond
from sandbox.provider_time import iso, now
from sandbox.store import Row, to_json

bp = Blueprint("resend", __name__)
REQUIRED = ("from", "to", "subject")
ADDRESS = re.compile(r"(^|<)[^\s@<>]+@[^\s@<>]+(>|$)")
DELIVERED_AFTER = 0.2
"""The delay of the delivery webhook, in seconds."""
SHOWN = ("from", "to", "subject", "text", "html", "reply_to", "tags")


def _refusal(status: int, name: str, message: str) -> ProviderAnswer:
    return ProviderAnswer(status, {"statusCode": status, "name": name, "message": message})


RESEND = SandboxProvider(
    "resend",
    rate_limited=_refusal(429, "rate_limit_exceeded", "Too many requests."),
    server_error=_refusal(500, "application_error", "Something went wrong."),
)


@bp.post("/emails")
def send() -> Response:
    """Accepts an e-mail once for each idempotency key."""
    given = request.get_json(force=True, silent=True)
    params = given if isinstance(given, dict) else {}
    return _answer(ApiCall(RESEND, "emails.send", params, {}, request.headers.get("Idempotency-Key")))


def _answer(asked: ApiCall) -> Response:
    token = request.authorization.token if request.authorization else None
    expected = sandbox().settings.resend_key
    if not token or (expected and not sandbox().keys.accepts(token, expected)):
        refused = _refusal(401, "missing_api_key", "Missing or invalid API key.")
        record(sandbox(), asked, refused, NO_FAULT)
        return respond(refused)
    return exchange(asked, _send)


def _send(call: SandboxCall) -> ProviderAnswer:
    missing = next((name for name in REQUIRED if not call.params.get(name)), None)
    if missing is not None:
        return _refusal(422, "missing_required_field", f"Missing `{missing}` field.")
    if not all(ADDRESS.search(one) for one in _addresses(call.params["to"])):
        return _refusal(422, "validation_error", "Invalid `to` field.")
    digest = hashlib.sha256(json.dumps(call.params, sort_keys=True).encode()).hexdigest()
    before = call.tx.execute("SELECT id, digest FROM emails WHERE key = ?", (call.asked.key,)).fetchone()
    if before is None:
        email_id = str(uuid4())
        call.tx.execute(
            "INSERT INTO emails (id, created, data, key, digest) VALUES (?,?,?,?,?)",
            (email_id, now(), to_json(dict(call.params)), call.asked.key, digest),
        )
        _report(call, email_id)
        return ProviderAnswer(200, {"id": email_id}, email_id)
    if before["digest"] != digest:
        return _refusal(409, "invalid_idempotent_request", "Same idempotency key used with a different payload.")
    return ProviderAnswer(200, {"id": before["id"]}, before["id"])


def _report(call: SandboxCall, email_id: str) -> None:
    """Schedules the delivery webhook. As with Resend, an e-mail to an address that starts with `bounced` bounces."""
    if not call.box.settings.resend_webhook_secret:
        return
    to = _addresses(call.params["to"])
    bounced = call.fault("bounced").name or any(one.startswith("bounced") for one in to)
    payload = {
        "type": "email.bounced" if bounced else "email.delivered",
        "created_at": iso(now()),
        "data": {"email_id": email_id, "to": to, "subject": str(call.params["subject"])},
    }
    ref = f"msg_{email_id}"
    call.box.courier.enqueue(
        call.tx, "resend", "email", ref=ref, url="/api/email/status", payload=payload, after=DELIVERED_AFTER
    )


def _addresses(to: Any) -> list[str]:
    return [str(one) for one in to] if isinstance(to, list) else [str(to)]


@bp.get("/emails/<email>")
def retrieve(email: str) -> Response:
    """Returns an e-mail."""
    rows = sandbox().store.rows("SELECT * FROM emails WHERE id = ?", (email,))
    return respond(ProviderAnswer(200, shown(rows[0])) if rows else _refusal(404, "not_found", "Email not found"))


@bp.get("/sandbox/mailbox")
def mailbox() -> Response:
    """Lists all e-mails, newest first."""
    rows = sandbox().store.rows("SELECT * FROM emails ORDER BY n DESC")
    return jsonify({"emails": [shown(row) for row in rows]})


def shown(row: Row) -> dict[str, Any]:
    """Converts an e-mail to Resend's format."""
    data = json.loads(row["data"])
    kept = {name: data[name] for name in SHOWN if name in data}
    kept["to"] = [kept["to"]] if isinstance(kept.get("to"), str) else kept.get("to", [])
    return {"object": "email", "id": row["id"], "created_at": iso(row["created"]), **kept, "last_event": "delivered"}
