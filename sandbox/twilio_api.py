"""Twilio's REST API: create, fetch and list messages (https://www.twilio.com/docs/messaging/api/message-resource)."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from sandbox import messages
from sandbox.answers import Answer, respond
from sandbox.exchange import NO_FAULT, Asked, Call, Handler, Provider, exchange, record, sandbox
from sandbox.texts import as_twilio
from sandbox.twilio_errors import refusal

bp = Blueprint("twilio", __name__, url_prefix="/2010-04-01/Accounts/<account>")
TWILIO = Provider("twilio", rate_limited=refusal(20429), server_error=refusal(20500))
PAGE_SIZE, LARGEST_PAGE = 50, 1000


@bp.post("/Messages.json")
def create(account: str) -> Response:
    """Send a text."""
    return _answer(account, "messages.create", messages.create, request.form.to_dict())


@bp.get("/Messages/<sid>.json")
def fetch(account: str, sid: str) -> Response:
    """Where a text is now."""
    return _answer(account, "messages.fetch", _fetch, {}, {"MessageSid": sid})


@bp.get("/Messages.json")
def listing(account: str) -> Response:
    """Newest first, filtered, in pages."""
    return _answer(account, "messages.list", _list, request.args.to_dict())


def _answer(
    account: str,
    operation: str,
    handler: Handler,
    params: dict[str, str],
    ids: Mapping[str, str] | None = None,
) -> Response:
    asked = Asked(TWILIO, operation, params, ids or {})
    if not _authentic(account):
        refused = refusal(20003)
        record(sandbox(), asked, refused, NO_FAULT)
        return respond(refused)
    return exchange(asked, handler)


def _authentic(account: str) -> bool:
    """Account SID and auth token, or an API key (SK...) with the same token as its secret."""
    settings, given = sandbox().settings, request.authorization
    if given is None or given.type != "basic" or account != settings.account_sid:
        return False
    user, password = given.username or "", given.password or ""
    known = user == settings.account_sid or user.startswith("SK")
    return known and hmac.compare_digest(password.encode(), settings.auth_token.encode())


def _fetch(call: Call) -> Answer:
    row = call.tx.execute(
        "SELECT * FROM messages WHERE sid = ? AND direction != 'carrier'", (call.ids["MessageSid"],)
    ).fetchone()
    if row is None:
        return refusal(20404)
    return Answer(200, as_twilio(row, call.box.settings.account_sid), row["sid"])


def _list(call: Call) -> Answer:
    params = call.params
    window = _dates(params)
    if window is None:
        return refusal(20001, "DateSent")
    wheres, values = ["direction != 'carrier'"], []
    for name, column in (("To", "recipient"), ("From", "sender")):
        if params.get(name):
            wheres.append(f"{column} = ?")
            values.append(params[name])
    for bound, value in window:
        wheres.append(bound)
        values.append(value)
    return Answer(200, _page(call, wheres, values))


def _page(call: Call, wheres: list[str], values: list[Any]) -> dict[str, Any]:
    params = call.params
    size = min(LARGEST_PAGE, max(1, _number(params.get("PageSize"), PAGE_SIZE)))
    page, token = _number(params.get("Page"), 0), params.get("PageToken", "")
    below = [int(token[2:])] if token.startswith("PA") and token[2:].isdigit() else []
    where = " AND ".join([*wheres, *["n < ?" for _ in below]])
    rows = call.tx.execute(
        f"SELECT * FROM messages WHERE {where} ORDER BY n DESC LIMIT ?", (*values, *below, size + 1)
    ).fetchall()
    shown, more = rows[:size], len(rows) > size
    account = call.box.settings.account_sid

    def uri(number: int, after: str = "") -> str:
        asked = {name: value for name, value in params.items() if name not in ("Page", "PageToken", "PageSize")}
        query = {**asked, "PageSize": size, "Page": number} | ({"PageToken": after} if after else {})
        return f"/2010-04-01/Accounts/{account}/Messages.json?{urlencode(query)}"

    return {
        "first_page_uri": uri(0),
        "end": max(0, page * size + len(shown) - 1),
        "previous_page_uri": None,
        "messages": [as_twilio(row, account) for row in shown],
        "uri": uri(page, token),
        "page_size": size,
        "start": page * size,
        "next_page_uri": uri(page + 1, f"PA{shown[-1]['n']}") if more else None,
        "page": page,
    }


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else default


def _dates(params: Mapping[str, str]) -> list[tuple[str, float]] | None:
    """Bounds on whole seconds, both inclusive; a date without a time is its whole day in UTC. None: unreadable."""
    bounds: list[tuple[str, float]] = []
    for name in ("DateSent", "DateSent>", "DateSent<"):
        if not params.get(name):
            continue
        span = _span(params[name])
        if span is None:
            return None
        if name != "DateSent<":
            bounds.append(("cast(created AS INTEGER) >= ?", span[0]))
        if name != "DateSent>":
            bounds.append(("cast(created AS INTEGER) <= ?", span[1]))
    return bounds


def _span(text: str) -> tuple[float, float] | None:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        return None
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start
    end = start + timedelta(days=1, seconds=-1) if len(text) == len("2026-11-21") else start
    return start.timestamp(), end.timestamp()
