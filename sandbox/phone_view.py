"""The data of the phones page: conversations, payments, e-mails, events and switches."""

import json
from typing import Any

from sandbox import chaos_switches
from sandbox.api_calls import Sandbox
from sandbox.carrier_rules import status_of
from sandbox.ledger_labels import in_words, is_shown
from sandbox.payment_links import link_in
from sandbox.provider_time import iso, now
from sandbox.resend_api import shown as shown_email
from sandbox.store import Row
from sandbox.whatsapp import READ_AFTER

MOST_PHONES, MOST_TEXTS, MOST_PAYMENTS, MOST_EMAILS, MOST_EVENTS = 48, 40, 20, 20, 80
MOST_TEXTS_IN_ALL = 2000
TEXTS = """
    SELECT * FROM (
        SELECT *, CASE direction WHEN 'inbound' THEN sender ELSE recipient END AS customer,
            CASE direction WHEN 'inbound' THEN recipient ELSE sender END AS shop,
            min(created) OVER (PARTITION BY CASE direction WHEN 'inbound' THEN sender ELSE recipient END) AS first,
            row_number() OVER (PARTITION BY CASE direction WHEN 'inbound' THEN sender ELSE recipient END
                               ORDER BY n DESC) AS age
        FROM messages WHERE n > (SELECT max(n) FROM messages) - :newest)
    WHERE age <= :each ORDER BY n
"""
NEWEST_EMAILS = "SELECT * FROM emails ORDER BY n DESC LIMIT ?"
VERSION = """
    SELECT (SELECT max(seq) FROM ledger), (SELECT max(n) FROM objects), (SELECT max(n) FROM emails),
        (SELECT max(n) || '.' || count(nullif(sent_after > :now, 0)) || '.' || count(nullif(settled_after > :now, 0))
            || '.' || count(nullif(settled_after + :read_after > :now, 0)) || '.' || sum(length(details))
            FROM messages),
        (SELECT count(*) || '.' || coalesce(max(added), 0) FROM phones), (SELECT count(*) FROM opt_outs),
        (SELECT count(*) || '.' || coalesce(sum(n * 1000 + used), 0) FROM faults),
        (SELECT count(*) FROM webhooks WHERE state = 'waiting')
"""


def version(box: Sandbox) -> str:
    """Returns a value that is cheap to compute and changes whenever the view changes."""
    row = box.store.rows(VERSION, {"now": now(), "read_after": READ_AFTER})[0]
    return "-".join(str(part) for part in row)


def view(box: Sandbox) -> dict[str, Any]:
    """Returns the whole view, limited to the newest items of each kind."""
    active = box.faults.listed()
    payments = _payments(box)
    return {
        "app_url": box.settings.app_url,
        "phones": _phones(box, {payment["id"]: payment for payment in payments}),
        "payments": payments[:MOST_PAYMENTS],
        "emails": [shown_email(row) for row in box.store.rows(NEWEST_EMAILS, (MOST_EMAILS,))],
        "events": [_event(line) for line in reversed(box.ledger.entries(newest=MOST_EVENTS)) if is_shown(line)],
        "waiting": box.store.rows("SELECT count(*) FROM webhooks WHERE state = 'waiting'")[0][0],
        "switches": [_switch(switch, active) for switch in chaos_switches.SWITCHES],
        "faults": [fault for fault in active if fault["left"] != 0],
    }


def _phones(box: Sandbox, payments: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the phones, newest first; existing phones keep their order."""
    named = box.store.rows("SELECT * FROM phones")
    names = {row["number"]: row["name"] for row in named}
    added = (row for row in named if row["added"])
    phones = {row["number"]: _phone(row["number"], row["shop"], row["name"], row["added"]) for row in added}
    out = {(row["shop"], row["customer"]) for row in box.store.rows("SELECT shop, customer FROM opt_outs")}
    for row in box.store.rows(TEXTS, {"each": MOST_TEXTS, "newest": MOST_TEXTS_IN_ALL}):
        number = row["customer"]
        phone = phones.setdefault(number, _phone(number, row["shop"], names.get(number, ""), row["first"]))
        phone |= {"shop": row["shop"], "latest": row["created"]}
        phone["texts"].append(_text(box, row, payments))
    for phone in phones.values():
        phone["opted_out"] = (phone["shop"], phone["number"]) in out
    lively = sorted(phones.values(), key=lambda phone: phone["latest"], reverse=True)[:MOST_PHONES]
    return sorted(lively, key=lambda phone: phone["since"], reverse=True)


def _phone(number: str, shop: str, name: str, since: float) -> dict[str, Any]:
    return {"number": number, "name": name, "shop": shop, "since": since, "latest": since, "texts": []}


def _text(box: Sandbox, row: Row, payments: dict[str, Any]) -> dict[str, Any]:
    link = link_in(row["body"], box.settings.app_url) if row["direction"] != "inbound" else None
    details = json.loads(row["details"])
    return {
        "sid": row["sid"],
        "way": {"inbound": "out", "carrier": "carrier"}.get(row["direction"], "in"),
        "body": row["body"],
        "at": iso(row["created"]),
        "status": status_of(row, now()),
        "error": row["error_code"],
        "link": link,
        "walked_away": bool(details.get("walked_away")),
        "payment": payments.get(details.get("intent", "")),
    }


def _payments(box: Sandbox) -> list[dict[str, Any]]:
    rows = box.store.rows("SELECT data FROM objects WHERE kind = 'payment_intent' ORDER BY n DESC LIMIT 200")
    return [_payment(json.loads(row["data"])) for row in rows]


def _payment(intent: dict[str, Any]) -> dict[str, Any]:
    error = intent["last_payment_error"] or {}
    return {
        "id": intent["id"],
        "amount": intent["amount"],
        "currency": intent["currency"],
        "status": intent["status"],
        "at": iso(intent["created"]),
        "appointment": intent["metadata"].get("appointment_id"),
        "declined": error.get("decline_code") or error.get("code"),
    }


def _event(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "seq": line["seq"],
        "at": line["at"],
        "kind": line["kind"],
        "provider": line["provider"],
        "words": in_words(line),
        "status": line["status"],
        "fault": line["fault"],
        "id": line["response_id"],
    }


def _switch(switch: chaos_switches.Switch, active: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": switch.name,
        "label": switch.label,
        "promise": switch.promise,
        "on": chaos_switches.is_on(switch, active),
    }
