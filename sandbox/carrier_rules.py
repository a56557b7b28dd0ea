"""The behaviour of a carrier: message statuses over time, opt-out words, segments."""

import json
import math
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider_time import now, rfc2822
from sandbox.store import Row, Transaction, to_json
from sandbox.whatsapp import READ_AFTER, is_whatsapp

SENT_AFTER, SETTLED_AFTER = 0.03, 0.15
"""Seconds from the create call until a text is `sent`, and until its final status."""

E164 = re.compile(r"([a-z]+:)?\+[1-9]\d{6,14}")
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = set("^{}\\[~]|€\f")

# https://www.twilio.com/docs/messaging/features/opt-out-keywords-for-sms: a keyword must be the whole text.
OPT_OUT_TYPES = {
    "STOP": {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"},
    "START": {"START", "YES", "UNSTOP"},
    "HELP": {"HELP", "INFO"},
}
CARRIER_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def opt_out_type(body: str) -> str | None:
    """Returns STOP, START or HELP if the whole text is one of its keywords. Otherwise, returns None."""
    word = body.strip().upper()
    return next((kind for kind, words in OPT_OUT_TYPES.items() if word in words), None)


def opted_out(tx: Transaction, shop: str, customer: str) -> bool:
    """Returns whether this customer has texted STOP to this shop's number."""
    row = tx.execute("SELECT 1 FROM opt_outs WHERE shop = ? AND customer = ?", (shop, customer)).fetchone()
    return row is not None


def segments(body: str) -> int:
    """Returns the number of SMS segments of a text."""
    if all(letter in GSM or letter in GSM_TWICE for letter in body):
        length = sum(2 if letter in GSM_TWICE else 1 for letter in body)
        return 1 if length <= 160 else math.ceil(length / 153)
    length = len(unicodedata.normalize("NFC", body).encode("utf-16-le", "surrogatepass")) // 2
    return 1 if length <= 70 else math.ceil(length / 67)


@dataclass(frozen=True, slots=True)
class Fate:
    """The final status of a text, and the seconds until it is reached."""

    status: str
    error_code: int | None = None
    after: float = SETTLED_AFTER


def new_sid(prefix: str) -> str:
    """Returns a SID: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def save(tx: Transaction, sid: str, direction: str, params: Mapping[str, str], fate: Fate, **details: Any) -> Row:
    """Stores a text. `direction` is Twilio's value, or `carrier` for the carrier's own replies."""
    at = now()
    row: Row = tx.execute(
        "INSERT INTO messages (sid, direction, sender, recipient, body, created, sent_after, settled_after, fate, "
        "error_code, details) VALUES (?,?,?,?,?,?,?,?,?,?,?) RETURNING *",
        (
            sid,
            direction,
            params["From"],
            params["To"],
            params.get("Body", ""),
            at,
            at + min(SENT_AFTER, fate.after),
            at + fate.after,
            fate.status,
            fate.error_code,
            to_json(details),
        ),
    ).fetchone()
    return row


def status_of(row: Row, at: float) -> str:
    """Returns the status of a text at a given time, computed from its stored times."""
    if row["direction"] == "inbound":
        return "received"
    if is_read(row) and at >= row["settled_after"] + READ_AFTER:
        return "read"
    if at >= row["settled_after"]:
        return str(row["fate"])
    return "sent" if at >= row["sent_after"] else "queued"


def is_read(row: Row) -> bool:
    """Returns whether the text will be reported as read. WhatsApp sends read receipts; SMS does not."""
    return bool(row["fate"] == "delivered" and is_whatsapp(row["recipient"]))


def as_twilio(row: Row, account_sid: str, *, at: float | None = None) -> dict[str, Any]:
    """Converts a text to Twilio's message resource."""
    status = status_of(row, now() if at is None else at)
    code = row["error_code"] if status in ("undelivered", "failed") else None
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{row['sid']}"
    details = json.loads(row["details"])
    return {
        "body": row["body"],
        "num_segments": str(segments(row["body"])),
        "direction": row["direction"],
        "from": row["sender"],
        "date_updated": rfc2822(row["created"]),
        "price": None,
        "error_message": None,
        "uri": f"{uri}.json",
        "account_sid": account_sid,
        "num_media": "0",
        "to": row["recipient"],
        "date_created": rfc2822(row["created"]),
        "status": status,
        "sid": row["sid"],
        "date_sent": None if status == "queued" else rfc2822(row["created"]),
        "messaging_service_sid": details.get("messaging_service_sid"),
        "error_code": code,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }
