"""The faults that can be activated, by provider and operation."""

REQUEST_FAULTS = {
    "latency": "responds after delay_ms (default 1000)",
    "rate_limited": "responds with 429 and the provider's own error body; no effect",
    "server_error": "responds with 500; no effect. Stripe stores the 500 for the idempotency key",
    "server_error_after": "responds with 500 although the request took effect",
    "timeout_before": "holds the connection for delay_ms (default 10000), then closes it; no response, no effect",
    "timeout_after": "like timeout_before, but the request takes effect",
}

MESSAGE_FAULTS = {
    "undelivered": "accepted, then undelivered with `code` (default 30003)",
    "failed": "accepted, then failed with `code` (default 30008)",
    "opted_out": "refused with 21610",
    "invalid_number": "refused with 21211",
    "error": "refused with any Twilio error `code` (default 21612)",
    "slow_delivery": "accepted, delivered only after delay_ms (default 5000); ValidityPeriod can end it first",
    "whatsapp_window_closed": "a WhatsApp text without ContentSid fails with 63016",
}

WEBHOOK_FAULTS = {
    "duplicate": "delivered twice",
    "reordered": "delivered after the next webhook of its kind (at the latest after delay_ms, default 3000)",
    "delayed": "sent after delay_ms (default 5000)",
    "dropped": "never sent",
    "wrong_signature": "signed with a wrong secret",
}

PAYMENT_FAULTS = {"declined": "the card is declined with decline_code `code` (default generic_decline)"}
SUCCESS_FAULTS = {"dispute": "the payment is disputed right after it succeeds"}
CANCEL_FAULTS = {"already_succeeded": "the payment succeeds just before the cancellation, which is refused"}
REFUND_FAULTS = {"refund_failed": "the refund is accepted as pending, then fails"}

CALENDAR_KINDS = ("calcom", "square", "acuity", "google", "ics")
CALENDAR_OPERATIONS = (
    *("me", "bookings.list", "bookings.get", "bookings.create", "bookings.update", "bookings.cancel"),
    *("availability.search", "slots.reserve", "slots.release", "webhooks.create", "webhooks.delete"),
    *("customers.get", "customers.create", "token.refresh", "token.revoke"),
)
CALENDAR_FAULTS = REQUEST_FAULTS | {"token_revoked": "responds with 401, as for a revoked key"}
CALENDAR_CHANGE_FAULTS = CALENDAR_FAULTS | {"not_allowed": "refuses the change with the provider's own error body"}

CATALOGUE: dict[str, dict[str, dict[str, str]]] = {
    "twilio": {
        "messages.create": REQUEST_FAULTS | MESSAGE_FAULTS,
        "messages.fetch": REQUEST_FAULTS,
        "messages.list": REQUEST_FAULTS,
        "webhook.inbound": WEBHOOK_FAULTS,
        "webhook.status": WEBHOOK_FAULTS,
    },
    "stripe": {
        "payment_intents.create": REQUEST_FAULTS,
        "payment_intents.update": REQUEST_FAULTS,
        "payment_intents.retrieve": REQUEST_FAULTS,
        "payment_intents.list": REQUEST_FAULTS,
        "payment_intents.search": REQUEST_FAULTS,
        "payment_intents.confirm": REQUEST_FAULTS | PAYMENT_FAULTS,
        "payment_intents.authenticate": REQUEST_FAULTS,
        "payment_intents.cancel": REQUEST_FAULTS | CANCEL_FAULTS,
        "payment_intents.succeeded": SUCCESS_FAULTS,
        "refunds.create": REQUEST_FAULTS | REFUND_FAULTS,
        "refunds.retrieve": REQUEST_FAULTS,
        "refunds.list": REQUEST_FAULTS,
        "charges.retrieve": REQUEST_FAULTS,
        "charges.list": REQUEST_FAULTS,
        "events.retrieve": REQUEST_FAULTS,
        "events.list": REQUEST_FAULTS,
        "webhook.event": WEBHOOK_FAULTS,
    },
    "resend": {
        "emails.send": REQUEST_FAULTS | {"bounced": "accepted but not delivered"},
        "webhook.email": WEBHOOK_FAULTS,
    },
    **{
        kind: {
            **dict.fromkeys(CALENDAR_OPERATIONS, CALENDAR_FAULTS),
            **dict.fromkeys(("bookings.update", "bookings.cancel"), CALENDAR_CHANGE_FAULTS),
            f"webhook.{kind}": WEBHOOK_FAULTS,
        }
        for kind in CALENDAR_KINDS
    },
}

# Aliases.
FAULT_ALIASES = {
    "429": "rate_limited",
    "rate_limit": "rate_limited",
    "too_many_requests": "rate_limited",
    "500": "server_error",
    "internal_error": "server_error",
    "500_after": "server_error_after",
    "slow": "latency",
    "time_out_before": "timeout_before",
    "time_out_after": "timeout_after",
    "timeout": "timeout_before",
    "21610": "opted_out",
    "21211": "invalid_number",
    "undeliverable": "undelivered",
    "twilio_error": "error",
    "duplicated": "duplicate",
    "reorder": "reordered",
    "delay": "delayed",
    "drop": "dropped",
    "bad_signature": "wrong_signature",
    "unauthorized": "token_revoked",
    "401": "token_revoked",
    "revoked": "token_revoked",
    "decline": "declined",
    "disputes": "dispute",
    "disputed": "dispute",
    "cancel_refused": "already_succeeded",
    "refund_failure": "refund_failed",
}

OPERATION_ALIASES = {
    "": "*",
    "all": "*",
    "any": "*",
    "create_message": "messages.create",
    "message.create": "messages.create",
    "message": "messages",
    "send": "messages.create",
    "webhooks": "webhook",
    "inbound": "webhook.inbound",
    "status": "webhook.status",
    "status_callback": "webhook.status",
    "event": "webhook.event",
    "create_payment_intent": "payment_intents.create",
    "retrieve_payment_intent": "payment_intents.retrieve",
    "confirm_payment_intent": "payment_intents.confirm",
    "cancel_payment_intent": "payment_intents.cancel",
    "payment_intents.succeed": "payment_intents.succeeded",
    "payment": "payment_intents.succeeded",
    "create_refund": "refunds.create",
    "refund": "refunds.create",
    "emails": "emails.send",
}


def covers(pattern: str, operation: str) -> bool:
    """`*` matches every operation, `webhook` matches `webhook.inbound`, and a full name matches only itself."""
    return pattern in ("*", operation) or operation.startswith(pattern + ".")


def operations(provider: str, pattern: str) -> list[str]:
    """Returns the operations that match a pattern. An unknown provider or name matches none."""
    providers = CATALOGUE if provider == "*" else [provider]
    return [name for one in providers for name in CATALOGUE.get(one, {}) if covers(pattern, name)]


def faults_at(provider: str, operation: str) -> set[str]:
    """Returns the faults that apply to an operation, or to any operation that matches a pattern."""
    providers = CATALOGUE.values() if provider == "*" else [CATALOGUE.get(provider, {})]
    return {
        fault for table in providers for name, faults in table.items() if covers(operation, name) for fault in faults
    }
