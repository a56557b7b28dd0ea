"""Accepts texts from the application and from customers, and determines their final status."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from sandbox.api_calls import Sandbox, SandboxCall
from sandbox.carrier_rules import (
    CARRIER_REPLIES,
    E164,
    SENT_AFTER,
    SETTLED_AFTER,
    Fate,
    as_twilio,
    is_read,
    new_sid,
    opt_out_type,
    opted_out,
    save,
)
from sandbox.faults import Fault
from sandbox.http_answers import ProviderAnswer
from sandbox.provider_time import now
from sandbox.store import Row, Transaction
from sandbox.twilio_errors import refusal
from sandbox.whatsapp import READ_AFTER, is_whatsapp, may_write_freely, refusal_code
from sandbox.whatsapp_templates import rendered

MOST_LETTERS = 1600
VALIDITY_EXPIRED, OUTSIDE_WINDOW = 30036, 63016
MESSAGE_FAULTS = (
    "undelivered",
    "failed",
    "opted_out",
    "invalid_number",
    "error",
    "slow_delivery",
    "whatsapp_window_closed",
)
REFUSED_WITH = {"opted_out": 21610, "invalid_number": 21211, "error": 21612}
ENDS_WITH = {"undelivered": 30003, "failed": 30008}


def create(call: SandboxCall) -> ProviderAnswer:
    """`POST Messages.json`: returns 201 with the queued message, or one of Twilio's errors."""
    params = {**call.params, "From": call.params.get("From") or call.params.get("MessagingServiceSid", "")}
    refused = _refused(call.tx, params)
    if refused is not None:
        return refused
    fault = call.fault(*MESSAGE_FAULTS)
    if fault.name in REFUSED_WITH:
        return refusal(fault.code_or(REFUSED_WITH[fault.name]) if fault.name == "error" else REFUSED_WITH[fault.name])
    row = save(
        call.tx,
        new_sid("SM"),
        "outbound-api",
        params | {"Body": _body(params)},
        _fate(call.tx, fault, params),
        messaging_service_sid=params.get("MessagingServiceSid"),
    )
    if params.get("StatusCallback"):
        _promise_callbacks(call, row, params["StatusCallback"])
    return ProviderAnswer(201, as_twilio(row, call.box.settings.account_sid, at=row["created"]), row["sid"])


def _refused(tx: Transaction, params: Mapping[str, str]) -> ProviderAnswer | None:
    sender, to = params["From"], params.get("To", "")
    checks = (
        (21604, not to, ""),
        (21603, not sender, ""),
        (21211, not E164.fullmatch(to), to),
        (21212, not (E164.fullmatch(sender) or sender.startswith("MG")), sender),
        (21266, to == sender, ""),
        (21602, not (params.get("Body") or params.get("ContentSid") or params.get("MediaUrl")), ""),
        (21617, len(params.get("Body", "")) > MOST_LETTERS, ""),
        (20001, not _valid_period(params.get("ValidityPeriod")), "ValidityPeriod"),
        (21609, not _reachable(params.get("StatusCallback")), params.get("StatusCallback", "")),
        (21610, opted_out(tx, sender, to), ""),
        (whatsapp := refusal_code({**params, "To": to}) or 0, whatsapp, ""),
    )
    return next((refusal(code, detail) for code, wrong, detail in checks if wrong), None)


def _valid_period(text: str | None) -> bool:
    return text is None or (text.isascii() and text.isdigit() and 1 <= int(text) <= 36_000)


def _reachable(url: str | None) -> bool:
    try:
        parts = urlsplit(url or "http://none")
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _body(params: Mapping[str, str]) -> str:
    """Returns the text of the message. A WhatsApp template is rendered as the customer sees it."""
    if params.get("Body"):
        return params["Body"]
    return rendered(params.get("ContentSid", ""), params.get("ContentVariables"))


def _fate(tx: Transaction, fault: Fault, params: Mapping[str, str]) -> Fate:
    if fault.name in ENDS_WITH:
        return Fate(fault.name, fault.code_or(ENDS_WITH[fault.name]))
    if is_whatsapp(params["To"]) and not params.get("ContentSid"):
        closed = fault.name == "whatsapp_window_closed" or not may_write_freely(tx, params["From"], params["To"])
        if closed:
            return Fate("failed", OUTSIDE_WINDOW)
    after = fault.seconds(5000) if fault.name == "slow_delivery" else SETTLED_AFTER
    valid_for = float(params.get("ValidityPeriod") or after)
    return Fate("failed", VALIDITY_EXPIRED, valid_for) if after > valid_for else Fate("delivered", None, after)


def _promise_callbacks(call: SandboxCall, row: Row, url: str) -> None:
    settled = row["settled_after"] - row["created"]
    states = [("sent", SENT_AFTER)] if row["fate"] != "failed" else []
    read = [("read", settled + READ_AFTER)] if is_read(row) else []
    for status, after in [*states, (row["fate"], settled), *read]:
        payload = _callback(call.box, row, status)
        call.box.courier.enqueue(call.tx, "twilio", "status", ref=row["sid"], url=url, payload=payload, after=after)


def _callback(box: Sandbox, row: Row, status: str) -> dict[str, str]:
    payload = {
        "ApiVersion": "2010-04-01",
        "AccountSid": box.settings.account_sid,
        "From": row["sender"],
        "To": row["recipient"],
        "MessageSid": row["sid"],
        "MessageStatus": status,
        "SmsSid": row["sid"],
        "SmsStatus": status,
    }
    if row["error_code"] and status == row["fate"]:
        payload["ErrorCode"] = str(row["error_code"])
    return payload


def receive(tx: Transaction, box: Sandbox, customer: str, shop: str, body: str) -> str:
    """Stores a customer's text, sends the webhook and applies opt-out words. Returns the SID."""
    kind = opt_out_type(body)
    params = {"From": customer, "To": shop, "Body": body}
    row = save(tx, new_sid("SM"), "inbound", params, Fate("received", after=0.0))
    payload = {
        "ToCountry": "",
        "SmsMessageSid": row["sid"],
        "NumMedia": "0",
        "SmsSid": row["sid"],
        "SmsStatus": "received",
        "Body": body,
        "To": shop,
        "From": customer,
        "NumSegments": "1",
        "MessageSid": row["sid"],
        "AccountSid": box.settings.account_sid,
        "ApiVersion": "2010-04-01",
    }
    if kind is not None:
        payload["OptOutType"] = kind
    box.courier.enqueue(tx, "twilio", "inbound", ref=row["sid"], url="/api/twilio/inbound", payload=payload)
    _honour(tx, kind, shop, customer)
    return str(row["sid"])


def _honour(tx: Transaction, kind: str | None, shop: str, customer: str) -> None:
    out = opted_out(tx, shop, customer)
    if kind == "STOP" and not out:
        tx.execute("INSERT INTO opt_outs (shop, customer, since) VALUES (?, ?, ?)", (shop, customer, now()))
    elif kind == "START" and out:
        tx.execute("DELETE FROM opt_outs WHERE shop = ? AND customer = ?", (shop, customer))
    else:
        return
    # The carrier's reply is shown on the phone but not in the message list of the API.
    reply = {"From": shop, "To": customer, "Body": CARRIER_REPLIES[kind]}
    save(tx, new_sid("SM"), "carrier", reply, Fate("delivered", after=0.0))
