"""Twilio's REST API: create, fetch and list messages (https://www.twilio.com/docs/messaging/api/message-resource)."""

from collections.abc import Mapping

from flask import Blueprint, Response, request

from sandbox import message_list, text_delivery
from sandbox.api_calls import NO_FAULT, ApiCall, Handler, SandboxCall, SandboxProvider, exchange, record, sandbox
from sandbox.carrier_rules import as_twilio
from sandbox.http_answers import ProviderAnswer, respond
from sandbox.twilio_errors import refusal

bp = Blueprint("twilio", __name__, url_prefix="/2010-04-01/Accounts/<account>")
TWILIO = SandboxProvider("twilio", rate_limited=refusal(20429), server_error=refusal(20500))


@bp.post("/Messages.json")
def create(account: str) -> Response:
    """Sends a text."""
    return _answer(account, "messages.create", text_delivery.create, request.form.to_dict())


@bp.get("/Messages/<sid>.json")
def fetch(account: str, sid: str) -> Response:
    """Returns the current state of a text."""
    return _answer(account, "messages.fetch", _fetch, {}, {"MessageSid": sid})


@bp.get("/Messages.json")
def listing(account: str) -> Response:
    """Lists texts, newest first, with filters and pages."""
    return _answer(account, "messages.list", message_list.listing, request.args.to_dict())


def _answer(
    account: str,
    operation: str,
    handler: Handler,
    params: dict[str, str],
    ids: Mapping[str, str] | None = None,
) -> Response:
    asked = ApiCall(TWILIO, operation, params, ids or {})
    if not _authentic(account):
        refused = refusal(20003)
        record(sandbox(), asked, refused, NO_FAULT)
        return respond(refused)
    return exchange(asked, handler)


def _authentic(account: str) -> bool:
    """Accepts the account SID with the auth token, or an API key (SK...) whose secret is the same token."""
    settings, given = sandbox().settings, request.authorization
    if given is None or given.type != "basic" or account != settings.account_sid:
        return False
    user, password = given.username or "", given.password or ""
    known = user == settings.account_sid or user.startswith("SK")
    return known and sandbox().keys.accepts(password, settings.auth_token)


def _fetch(call: SandboxCall) -> ProviderAnswer:
    row = call.tx.execute(
        "SELECT * FROM messages WHERE sid = ? AND direction != 'carrier'", (call.ids["MessageSid"],)
    ).fetchone()
    if row is None:
        return refusal(20404)
    return ProviderAnswer(200, as_twilio(row, call.box.settings.account_sid), row["sid"])
