"""The chaos switches of the phones page. Each switch activates a set of faults until it is turned off."""

from dataclasses import dataclass
from typing import Any

from sandbox.faults import Faults


@dataclass(frozen=True, slots=True)
class Switch:
    """`faults`: bodies for POST /sandbox/faults; `times` is always null."""

    name: str
    label: str
    promise: str
    faults: tuple[dict[str, Any], ...]


def _fault(provider: str, operation: str, fault: str, **more: Any) -> dict[str, Any]:
    return {"provider": provider, "operation": operation, "fault": fault, "times": None, **more}


SWITCHES = (
    Switch(
        "texts-undelivered",
        "Texts don't arrive",
        "No text is delivered. The next customer is asked immediately.",
        (_fault("twilio", "messages.create", "undelivered"),),
    ),
    Switch(
        "twilio-silent",
        "Twilio accepts the text but does not respond",
        "No customer receives the same text twice.",
        (_fault("twilio", "messages.create", "timeout_after"),),
    ),
    Switch(
        "twilio-down",
        "Twilio responds with 500",
        "Work resumes when Twilio recovers.",
        (_fault("twilio", "messages", "server_error"),),
    ),
    Switch(
        "twilio-limits",
        "Twilio responds with 429",
        "Processing is slower, but no text is lost.",
        (_fault("twilio", "messages", "rate_limited"),),
    ),
    Switch(
        "cards-declined",
        "Every card is declined",
        "The slot goes to the next customer once Stripe has cancelled the payment.",
        (_fault("stripe", "payment_intents.confirm", "declined"),),
    ),
    Switch(
        "paid-after-all",
        "The payment succeeds just before its cancellation",
        "The booking is confirmed, and no other customer gets the slot.",
        (_fault("stripe", "payment_intents.cancel", "already_succeeded"),),
    ),
    Switch(
        "stripe-down",
        "Stripe responds with 500",
        "The slot stays held until Stripe confirms the cancellation.",
        (_fault("stripe", "payment_intents", "server_error"), _fault("stripe", "refunds", "server_error")),
    ),
    Switch(
        "slow",
        "Every request takes two seconds",
        "Webhooks are still answered immediately.",
        (_fault("*", "*", "latency", delay_ms=2000),),
    ),
    Switch(
        "twice",
        "Webhooks arrive twice",
        "Each webhook takes effect once.",
        (_fault("*", "webhook", "duplicate"),),
    ),
    Switch(
        "shuffled",
        "Webhooks arrive out of order",
        "The outcome is the same.",
        (_fault("*", "webhook", "reordered"),),
    ),
    Switch(
        "late",
        "Webhooks are five seconds late",
        "Processing is slower, but the outcome is the same.",
        (_fault("*", "webhook", "delayed", delay_ms=5000),),
    ),
    Switch(
        "lost",
        "Webhooks are lost",
        "Reconciliation reads the missed changes from the API.",
        (_fault("*", "webhook", "dropped"),),
    ),
)
BY_NAME = {switch.name: switch for switch in SWITCHES}


def is_on(switch: Switch, active: list[dict[str, Any]]) -> bool:
    """Returns whether all faults of the switch are active."""
    return all(_ids(fault, active) for fault in switch.faults)


def turn(faults: Faults, switch: Switch, *, on: bool) -> None:
    """Turns the switch on or off; idempotent."""
    active = faults.listed()
    for fault in switch.faults:
        ids = _ids(fault, active)
        if on and not ids:
            faults.switch_on(fault)
        for number in [] if on else ids:
            faults.clear(number)


def _ids(fault: dict[str, Any], active: list[dict[str, Any]]) -> list[int]:
    return [one["id"] for one in active if one["match"] is None and all(one[name] == fault[name] for name in fault)]
