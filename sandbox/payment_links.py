"""Finds the payment behind a link in a text by opening the link, as the customer would."""

import json
import re
from typing import Any

from sandbox import loopback
from sandbox.api_calls import Sandbox
from sandbox.store import Row, Transaction, to_json

INTENT = re.compile(rb"pi_[A-Za-z0-9]{24}")
PAGE_SECONDS = 3.0
MADE_JUST_BEFORE = 10
NEWEST_UNLINKED = """
    SELECT id FROM objects WHERE kind = 'payment_intent' AND created BETWEEN :text - :before AND :text
    AND json_extract(data, '$.status') IN ('requires_payment_method', 'requires_confirmation', 'requires_action')
    AND id NOT IN (SELECT json_extract(details, '$.intent') FROM messages
                   WHERE json_extract(details, '$.intent') IS NOT NULL)
    ORDER BY n DESC LIMIT 1
"""


def link_in(body: str, app_url: str) -> str | None:
    """Returns the payment link in a text, or None."""
    found = re.search(re.escape(app_url) + r"/pay/[^\s<>\"']+", body)
    return found.group().rstrip(".,;)") if found else None


def intent_of(box: Sandbox, text: Row) -> str | None:
    """Returns the text's intent.

    This is the stored intent, the intent on the payment page, or the intent created just before the text.
    """
    known = json.loads(text["details"]).get("intent")
    link = link_in(text["body"], box.settings.app_url)
    if known or link is None:
        return str(known) if known else None
    named = INTENT.search(loopback.get(box.settings.address(link), timeout=PAGE_SECONDS))
    with box.store.transaction() as tx:
        found = named.group().decode() if named else _made_just_before(tx, text)
        if found:
            remember(tx, text, intent=found)
    return found


def _made_just_before(tx: Transaction, text: Row) -> str | None:
    row = tx.execute(NEWEST_UNLINKED, {"text": text["created"], "before": MADE_JUST_BEFORE}).fetchone()
    return str(row["id"]) if row else None


def remember(tx: Transaction, text: Row, **facts: Any) -> None:
    """Merges facts into the stored details of a text."""
    row = tx.execute("SELECT details FROM messages WHERE sid = ?", (text["sid"],)).fetchone()
    details = {**json.loads(row["details"]), **facts}
    tx.execute("UPDATE messages SET details = ? WHERE sid = ?", (to_json(details), text["sid"]))
