"""The steps of a recovery whose latency is measured, each from a trigger to the text that follows."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import bulk_rows
from benchmarks.carrier_ledger import first_texts
from benchmarks.load import Request, as_fast_as_possible, at_a_rate, post
from benchmarks.signed import payment_event, text_from
from benchmarks.system_under_test import SystemUnderTest, wait_until

OFFER, LINK = "Reply YES", "/pay/"
# The newest holds come first because they have the most time left for the payment.
HOLDING = """
SELECT shop.sms_from, p.stripe_payment_intent_id FROM payments p JOIN shops shop ON shop.id = p.shop_id
 WHERE p.status = 'pending' AND p.stripe_payment_intent_id IS NOT NULL ORDER BY p.created_at DESC LIMIT %(many)s
"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """The trigger of a step: a request, or the Unix time at which the offer expires."""

    shop: str
    request: Request | None = None
    ends: float = 0.0


@dataclass(frozen=True, slots=True)
class LatencyStep:
    """A measured step.

    `ready` prepares recoveries, one in each shop. `answered_by`: words in the text that ends the step.
    """

    name: str
    ready: Callable[[SystemUnderTest, str, int, float], list[Trigger]]
    answered_by: str


def start_recoveries(system: SystemUnderTest, triggers: list[Trigger], rate: float) -> dict[str, float]:
    """Sends the triggers at this rate per second; returns the Unix time at which each shop's trigger was due."""
    requests = [trigger.request for trigger in triggers if trigger.request]
    if not requests:
        return {trigger.shop: trigger.ends for trigger in triggers}
    answered = at_a_rate(system.settings["WEB_URL"], requests, rate=rate)
    assert answered.statuses <= {200, 202}, answered.statuses
    return {trigger.shop: answered.began + number / rate for number, trigger in enumerate(triggers)}


def milliseconds_to(system: SystemUnderTest, words: str, begun: dict[str, float]) -> list[float]:
    """Waits for the first text with these words from each shop; returns the latencies in milliseconds."""
    since = min(begun.values())

    def texts() -> dict[str, float]:
        return first_texts(system, since, words, begun)

    wait_until(lambda: texts().keys() >= begun.keys(), f"{len(begun)} texts with {words!r}", seconds=120, pause=0.2)
    return [(at - begun[shop]) * 1000 for shop, at in texts().items()]


def _cancelled(system: SystemUnderTest, group: str, many: int, rate: float) -> list[Trigger]:
    bulk_rows.shops(system, group, shops=many, customers=2)
    headers = {"Content-Type": "application/json", "x-internal-secret": system.settings["INTERNAL_SECRET"]}
    return [
        Trigger(shop, post(system.settings["WEB_URL"], f"/api/appointments/{id}/cancel", b"{}", headers))
        for shop, id in bulk_rows.booked(system, group)
    ]


def _on_offer(
    system: SystemUnderTest, group: str, many: int, ends_in: float = 900, apart: float = 0
) -> list[bulk_rows.Live]:
    bulk_rows.shops(system, group, shops=many, customers=3)
    bulk_rows.opened(system, group)
    return bulk_rows.offered(system, group, ends_in=ends_in, apart=apart)


def _says(system: SystemUnderTest, live: bulk_rows.Live, words: str) -> Trigger:
    return Trigger(live.shop, text_from(system.settings, customer=live.customer, shop=live.shop, body=words))


def _says_no(system: SystemUnderTest, group: str, many: int, rate: float) -> list[Trigger]:
    return [_says(system, live, "NO") for live in _on_offer(system, group, many)]


def says_yes(system: SystemUnderTest, group: str, many: int, rate: float) -> list[Trigger]:
    return [_says(system, live, "YES") for live in _on_offer(system, group, many)]


def _payment_fails(system: SystemUnderTest, group: str, many: int, rate: float) -> list[Trigger]:
    """Prepares webhooks about declined cards, for holds of an earlier step. Creates missing holds first."""
    if missing := many - len(system.sql(HOLDING, many=many)):
        replies = says_yes(system, group, missing, rate)
        requests = [trigger.request for trigger in replies if trigger.request]
        began = as_fast_as_possible(system.settings["WEB_URL"], requests, seconds=60).began
        milliseconds_to(system, LINK, {trigger.shop: began for trigger in replies})
        system.wait_until_idle()
    return [
        Trigger(shop, payment_event(system.settings, type="payment_intent.payment_failed", intent_id=intent))
        for shop, intent in system.sql(HOLDING, many=many)
    ]


def _expires(system: SystemUnderTest, group: str, many: int, rate: float) -> list[Trigger]:
    """Creates offers that expire one after the other during the other steps, the first in three seconds."""
    return [Trigger(live.shop, None, live.ends) for live in _on_offer(system, group, many, 3, 1 / rate)]


CANCEL = LatencyStep("cancel to text", _cancelled, OFFER)
NO = LatencyStep("NO to next text", _says_no, OFFER)
YES = LatencyStep("YES to payment link", says_yes, LINK)
FAILURE = LatencyStep("payment failure to next text", _payment_fails, OFFER)
EXPIRY = LatencyStep("expiry to next text", _expires, OFFER)
# Expiries are prepared last, because no request triggers them.
STEPS = (CANCEL, NO, YES, FAILURE, EXPIRY)
