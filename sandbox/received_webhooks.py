"""The page of received webhooks, which shows each event and whether its signature is valid.

The page simulates a shop's own system. Enter its address, SANDBOX_URL/webhooks, as a webhook endpoint. The page has
no script.
"""

import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, url_for
from standardwebhooks import Webhook

from sandbox.api_calls import sandbox
from sandbox.control import Answered, refused
from sandbox.html_pages import html_page
from sandbox.provider_time import now
from sandbox.store import Row

bp = Blueprint("received_webhooks", __name__)
SHOWN = 100
LARGEST_ID = 200
ANSWERS = {"200": "accept", "500": "fail", "410": "say that it is gone", "hang": "do not answer for 20 seconds"}
HANG_SECONDS = 20


@bp.post("/webhooks")
def receive() -> Answered:
    """Records the webhook, then responds as chosen on the page."""
    box = sandbox()
    headers = {name: request.headers.get(f"webhook-{name}", "")[:LARGEST_ID] for name in ("id", "timestamp")}
    headers["signature"] = request.headers.get("webhook-signature", "")
    body = request.get_data(as_text=True)
    with box.store.transaction() as tx:
        tx.execute(
            "INSERT INTO received_webhooks (id, timestamp, signature, body, at) VALUES (?, ?, ?, ?, ?)",
            [headers["id"], headers["timestamp"], headers["signature"], body, now()],
        )
    answer = _setting("answer") or "200"
    if answer == "hang":
        time.sleep(HANG_SECONDS)
    return jsonify({"received": True}), int(answer) if answer.isdigit() else 200


@bp.get("/webhooks")
def page() -> Response:
    """Shows the received webhooks, newest first. Times are in UTC."""
    return html_page(
        "received_webhooks.html",
        received=[_shown(row) for row in _newest()],
        address=f"{sandbox().settings.sandbox_url}/webhooks",
        answers=ANSWERS,
        answer=_setting("answer") or "200",
        secrets=len(_secrets()),
        problem=request.args.get("problem", ""),
    )


@bp.get("/sandbox/received-webhooks")
def listed() -> Response:
    """Returns the data of the page as JSON."""
    return jsonify({"received": [_shown(row) for row in _newest()]})


@bp.post("/sandbox/received-webhooks/secret")
def add_secret() -> Answered | Response:
    """Stores the secret of the endpoint. Several secrets may be valid during a rotation."""
    secret = request.form.get("secret", "").strip()
    try:
        Webhook(secret)
    except Exception:  # noqa: BLE001 - any error means that the secret is invalid
        return _back(problem="Enter the whole secret. It starts with whsec_.")
    with sandbox().store.transaction() as tx:
        tx.execute("INSERT OR IGNORE INTO webhook_receiver (name, value) VALUES ('secret', ?)", [secret])
    return _back()


@bp.post("/sandbox/received-webhooks/answer")
def choose_answer() -> Answered | Response:
    """Sets the response to the next webhooks."""
    answer = request.form.get("answer", "")
    if answer not in ANSWERS:
        return refused(400, f"answer must be one of {', '.join(ANSWERS)}")
    with sandbox().store.transaction() as tx:
        tx.execute("DELETE FROM webhook_receiver WHERE name = 'answer'")
        tx.execute("INSERT INTO webhook_receiver (name, value) VALUES ('answer', ?)", [answer])
    return _back()


@bp.post("/sandbox/received-webhooks/clear")
def clear() -> Response:
    """Deletes the received webhooks."""
    with sandbox().store.transaction() as tx:
        tx.execute("DELETE FROM received_webhooks")
    return _back()


def _back(problem: str | None = None) -> Response:
    answer = make_response("", 303)
    answer.headers["Location"] = url_for("received_webhooks.page", problem=problem)
    return answer


def _newest() -> list[Row]:
    return sandbox().store.rows("SELECT * FROM received_webhooks ORDER BY n DESC LIMIT ?", [SHOWN])


def _secrets() -> list[str]:
    return [
        row["value"] for row in sandbox().store.rows("SELECT value FROM webhook_receiver WHERE name = 'secret'", [])
    ]


def _setting(name: str) -> str | None:
    rows = sandbox().store.rows("SELECT value FROM webhook_receiver WHERE name = ?", [name])
    return rows[0]["value"] if rows else None


def _shown(row: Row) -> dict[str, Any]:
    try:
        content = json.loads(row["body"])
    except ValueError:
        content = {}
    content = content if isinstance(content, dict) else {}
    return {
        "id": row["id"],
        "type": str(content.get("type", "")),
        "at": datetime.fromtimestamp(row["at"], UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "signature": _verdict(row),
        "content": content,
    }


def _verdict(row: Row) -> str:
    """Returns `valid`, `invalid`, or `unchecked` if no secret has been entered."""
    secrets = _secrets()
    if not secrets:
        return "unchecked"
    if not row["timestamp"].isdigit():
        return "invalid"
    sent_at = datetime.fromtimestamp(min(int(row["timestamp"][:12]), 10**11), UTC)
    wanted = [Webhook(secret).sign(msg_id=row["id"], timestamp=sent_at, data=row["body"]) for secret in secrets]
    given = row["signature"].split(" ")
    return "valid" if any(hmac.compare_digest(one, other) for one in wanted for other in given) else "invalid"
