"""The rules of WhatsApp: approved templates, the 24-hour window, read receipts."""

import json
import re
from collections.abc import Mapping

from sandbox.provider_time import now
from sandbox.store import Transaction

PREFIX = re.compile(r"[a-z]+:")
"""The prefixes of addresses such as `whatsapp:+447700900123`.

Other channels with templates are simulated by the same rules.
"""

TEMPLATE = re.compile(r"HX[0-9A-Za-z]+")
FREELY = 24 * 60 * 60
"""Seconds after a customer's last message during which free text is allowed, not only templates (63016)."""

READ_AFTER = 0.15
"""Seconds from the delivery of a message until it is read."""

CHANNEL_MISSING, TEMPLATE_MISSING, VARIABLES_WRONG = 63007, 21655, 21656


def is_whatsapp(address: str) -> bool:
    """Returns whether an address belongs to WhatsApp or another channel with templates."""
    return bool(PREFIX.match(address))


def refusal_code(params: Mapping[str, str]) -> int | None:
    """Returns the error code for an invalid sender or template, or None."""
    if not is_whatsapp(params["To"]):
        return None
    template = params.get("ContentSid")
    if not is_whatsapp(params["From"]):
        return CHANNEL_MISSING
    if template and not TEMPLATE.fullmatch(template):
        return TEMPLATE_MISSING
    return None if _are_variables(params.get("ContentVariables", "{}")) else VARIABLES_WRONG


def _are_variables(text: str) -> bool:
    try:
        given = json.loads(text)
    except ValueError:
        return False
    return isinstance(given, dict) and all(isinstance(value, str) and value for value in given.values())


def may_write_freely(tx: Transaction, business: str, customer: str) -> bool:
    """Returns whether the customer has written to the business within the last 24 hours."""
    row = tx.execute(
        "SELECT 1 FROM messages WHERE direction = 'inbound' AND sender = ? AND recipient = ? AND created > ? LIMIT 1",
        (customer, business, now() - FREELY),
    ).fetchone()
    return row is not None
